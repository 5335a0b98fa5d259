"""One table of names: symbol, unit, sign and description of every quantity.

Docs, checks, axis titles, LaTeX and the attributes of results all read this table, so that a quantity is named,
printed and measured in one way everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One quantity.

    Attributes
    ----------
    name : str
        The name in code, files and results.
    symbol : str
        The LaTeX symbol, without indices.
    unit : str
        The unit; ``currency`` stands for the scenario's currency.
    description : str
        One sentence without a full stop; where a sign matters, it says which direction is positive.
    """

    name: str
    symbol: str
    unit: str
    description: str

    def unit_in(self, currency: str) -> str:
        """Give the unit with the scenario's currency put in.

        Examples
        --------
        >>> term("energy_price").unit_in("USD")
        'USD/MWh'
        """
        return self.unit.replace("currency", currency)


_TABLE: tuple[tuple[str, str, str, str], ...] = (
    # time
    ("dt", r"\Delta", "h", "Length of the interval"),
    ("weight", r"w", "1/a", "How many real intervals of a year the interval stands for"),
    # demand
    ("it_load", r"L^\mathrm{IT}", "MW", "Power drawn by the IT equipment"),
    ("pue", r"\mathrm{PUE}", "1", "Power usage effectiveness: facility load over IT load (ISO/IEC 30134-2)"),
    ("other_load", r"L^\mathrm{other}", "MW", "Load of the site outside PUE"),
    ("facility_load", r"L", "MW", "Whole load of the site: PUE times IT load, plus other load"),
    ("unserved", r"u", "MW", "Load that is not served"),
    ("value_of_lost_load", r"v", "currency/MWh", "Cost of a MWh not served"),
    # reliability
    ("tier_share", r"\theta^\mathrm{tier}", "1", "Share of the facility load that belongs to the tier"),
    ("tier_power", r"L^\mathrm{tier}", "MW", "Load that belongs to the tier"),
    ("tier_value_of_lost_load", r"v^\mathrm{tier}", "currency/MWh", "Cost of a MWh of the tier not served"),
    ("rest_share", r"\theta^\mathrm{rest}", "1", "Share of the facility load of which tiers given as power are a part"),
    ("rest_power", r"L^\mathrm{rest}", "MW", "Load of tiers given as power, which is no part of the rest"),
    ("unserved_of_rest", r"u^\mathrm{rest}", "MW", "Load that is not served of what belongs to no tier"),
    ("unserved_in_tier", r"u^\mathrm{tier}", "MW", "Load of the tier that is not served"),
    ("critical_share", r"\theta^\mathrm{crit}", "1", "Share of the facility load that is critical"),
    ("critical_power", r"L^\mathrm{crit}", "MW", "Critical load that is given as power"),
    ("critical_load", r"L^\mathrm{crit,tot}", "MW", "Load that ride-through and N-1 protect"),
    (
        "ride_through",
        r"\tau^\mathrm{ride}",
        "h",
        "Time for which batteries and generators alone can carry the critical load",
    ),
    ("ride_hour", r"t^\mathrm{ride}", "1", "Interval in the place of the time after a boundary"),
    ("ride_share", r"\theta^\mathrm{ride}", "1", "Share of the interval that lies in the time after a boundary"),
    ("ride_span", r"\tau^\mathrm{span}", "h", "Time after a boundary that is looked at"),
    ("ride_power", r"r", "MW", "Critical load that the battery would carry if grid and supplies were lost"),
    ("supply_left", r"\beta^\mathrm{supply}", "1", "Share of the supply that is left after the loss"),
    ("grid_left", r"\beta^\mathrm{grid}", "1", "Share of the grid connection that is left after the loss"),
    ("battery_left", r"\beta^\mathrm{bat}", "1", "Share of the battery that is left after the loss"),
    ("generator_left", r"\beta^\mathrm{gen}", "1", "Share of the generator that is left after the loss"),
    ("held_power", r"r^\mathrm{held}", "MW", "Power that the battery could give throughout the interval"),
    ("survival_time", r"T^\mathrm{crit}", "h", "How long batteries and generators alone would carry the critical load"),
    (
        "ride_margin",
        r"\mu^\mathrm{ride}",
        "MWh",
        "Energy that batteries hold above what the critical load takes of them in the ride-through time",
    ),
    # flexibility
    ("ramp_per_hour", r"\overline{\dot g}", "MW/h", "Greatest change of net import in an hour"),
    ("ramp_per_step", r"\overline{\Delta g}", "MW", "Greatest change of net import from an interval to the next"),
    ("ramp_allowed", r"\overline{\Delta g}", "MW", "Greatest change of net import since the interval before"),
    ("grid_fall", r"\Delta\alpha", "1", "Share of the connection that went out of service since the interval before"),
    ("commitment", r"R", "MW", "Reduction committed in the demand response contract"),
    ("commitment_min", r"R^{\min}", "MW", "Least reduction committed in the contract"),
    ("commitment_max", r"R^{\max}", "MW", "Greatest reduction committed in the contract"),
    ("called_share", r"\theta^\mathrm{call}", "1", "Share of the interval in which the contract is called"),
    ("response_baseline", r"g^\mathrm{base}", "MW", "Import from which the reduction is counted"),
    ("baseline_is_connection", r"\chi^\mathrm{base}", "1", "1 where the reduction is counted from the connection"),
    ("availability_payment", r"\pi^\mathrm{ready}", "currency/MW/a", "Yearly payment for each MW committed"),
    ("call_payment", r"\pi^\mathrm{call}", "currency/MWh", "Payment for each MWh called"),
    ("shortfall_penalty", r"\pi^\mathrm{short}", "currency/MWh", "Penalty for each MWh of shortfall"),
    ("shortfall_max", r"\overline{z}^\mathrm{call}", "MW", "Greatest shortfall"),
    ("response_shortfall", r"z^\mathrm{call}", "MW", "Import above what the contract allows while it is called"),
    ("called_energy", r"Q^\mathrm{call}", "MWh/a", "Reduction that is called"),
    ("called_hours", r"H^\mathrm{call}", "h/a", "Time in which the contract is called"),
    ("shortfall_energy", r"Q^\mathrm{short}", "MWh/a", "Import above what the contract allows while it is called"),
    ("response_income", r"I^\mathrm{call}", "currency/a", "What the contract earns, penalties taken off"),
    ("swing_share", r"\theta^\mathrm{swing}", "1", "Reserve of the battery as a share of the IT load"),
    ("swing_power", r"r^\mathrm{swing}", "MW", "Reserve of the battery on top of the share of the IT load"),
    ("swing_duration", r"\tau^\mathrm{swing}", "h", "Time for which the battery can keep its reserve up"),
    ("unserved_energy", r"U", "MWh/a", "Energy of the part of the load that is not served"),
    ("shortage_hours", r"H", "h/a", "Time in which the part of the load is not served whole"),
    # work
    ("firm_it_load", r"L^\mathrm{firm}", "MW", "Power of the IT equipment for work that cannot wait, before any cut"),
    ("it_capacity", r"\overline{L}^\mathrm{IT}", "MW", "Rated power of the racks in service"),
    ("it_power", r"p^\mathrm{IT}", "MW", "Power that the workload draws"),
    ("work_asked", r"a^\mathrm{asked}", "MW", "Work that comes in, as its power at nominal throughput"),
    ("nominal_power", r"p^\mathrm{nom}", "MW", "Power of the work while nothing of it is cut"),
    ("arrival", r"a^\mathrm{work}", "MW", "Work that arrives, as the power that would do it at once"),
    ("window", r"W", "h", "Longest time that work may wait before it is done"),
    ("flexible_power", r"p^\mathrm{flex}", "MW", "Work done that may wait or runs where it pays, as power uncut"),
    ("flexible_power_max", r"\overline{p}^\mathrm{flex}", "MW", "Greatest power that the work can draw"),
    ("backlog", r"B", "MWh", "Work that has arrived and waits, at the interval's boundary"),
    ("backlog_max", r"\overline{B}", "MWh", "Work that has arrived within the window and so may wait"),
    (
        "delay_cost",
        r"\kappa^\mathrm{delay}",
        "currency/MWh/h",
        "Cost of a MWh of work that waits for an hour; a small one has work done as soon as that costs no more",
    ),
    ("moment_share", r"\theta^\mathrm{due}", "1", "Share of the interval that is over when work falls due within it"),
    ("moment_backlog_max", r"\overline{B}^\mathrm{due}", "MWh", "Work that may wait at that moment of the interval"),
    ("power_cut", r"x", "MW", "Power that caps take off what the work would draw at nominal power"),
    ("segment_cut", r"x^\mathrm{seg}", "MW", "Power cut in the segment of the workload's curve"),
    ("cut_share", r"\overline{x}", "1", "Share of the nominal power that can be cut in the segment"),
    (
        "loss_share",
        r"\lambda^\mathrm{seg}",
        "1",
        "Throughput lost for each MWh cut in the segment, as its nominal power",
    ),
    (
        "cut_saving",
        r"\sigma^\mathrm{seg}",
        "1",
        "Power saved for each MW cut in the segment; less where work takes longer",
    ),
    ("lost_throughput", r"l", "MW", "Throughput lost by cuts, as its power at nominal throughput"),
    ("power_share", r"c", "1", "Share of the nominal power"),
    ("throughput_share", r"f", "1", "Share of the nominal throughput"),
    ("throughput_value", r"v^\mathrm{work}", "currency/MWh", "Value of the work that a MWh at nominal power does"),
    ("work_value", r"\pi^\mathrm{work}", "currency/MWh", "What a MWh of the work's IT energy earns"),
    ("gpus_per_mw", r"n^\mathrm{GPU}", "1/MW", "GPUs for each MW of IT power"),
    ("job_power", r"p^\mathrm{job}", "MW", "Power that the job draws in an interval of its time"),
    (
        "job_power_min",
        r"\underline{p}^\mathrm{job}",
        "MW",
        "Least power of the job, before its time in the interval counts",
    ),
    ("job_power_max", r"\overline{p}^\mathrm{job}", "MW", "Greatest power of the job"),
    ("job_energy", r"E^\mathrm{job}", "MWh", "Energy that the job takes between release and deadline"),
    ("restart_energy", r"E^\mathrm{restart}", "MWh", "Energy that a restart from a checkpoint takes"),
    ("job_place", r"i", "1", "Interval of a job that lies in a slot of the hour"),
    ("job_share", r"\theta^\mathrm{job}", "1", "1 where a job may run in the slot of the hour, 0 where it is padding"),
    ("job_stage_place", r"i^\mathrm{job}", "1", "Interval of the job in the place of its time"),
    (
        "job_stage_length",
        r"\Delta^\mathrm{job}",
        "h",
        "Length of the interval in the place of the job's time; 0 where padding",
    ),
    # supply
    ("supply_capacity", r"\overline{P}", "MW", "Contracted capacity of the supply"),
    ("supply_capacity_min", r"\overline{P}^{\min}", "MW", "Least capacity of the supply"),
    ("supply_capacity_max", r"\overline{P}^{\max}", "MW", "Greatest capacity of the supply"),
    ("supply_capacity_cost", r"k^\mathrm{supply}", "currency/MW/a", "Yearly cost of a MW of the supply"),
    (
        "supply_capacity_existing",
        r"\overline{P}^\mathrm{old}",
        "MW",
        "Capacity of the supply that is there already and costs nothing more",
    ),
    (
        "supply_capacity_capital_cost",
        r"K^\mathrm{supply}",
        "currency/MW",
        "Investment for each MW of capacity of the supply",
    ),
    (
        "supply_capacity_annuity",
        r"\rho^\mathrm{supply}",
        "1/a",
        "Yearly payment for each unit of money invested in capacity of the supply",
    ),
    (
        "supply_capacity_fixed_om",
        r"o^\mathrm{supply}",
        "currency/MW/a",
        "Yearly operation and maintenance of each MW of capacity of the supply",
    ),
    ("availability", r"a", "1", "Power available for each MW of capacity; in results that at the site"),
    ("delivered", r"p", "MW", "Power that the supply delivers to the site"),
    ("curtailment", r"c", "MW", "Power available from the supply but not taken"),
    (
        "curtailment_limit",
        r"\overline{c}",
        "1",
        "Greatest share of the available power that may be curtailed in an interval",
    ),
    ("supply_price", r"\pi^\mathrm{supply}", "currency/MWh", "Price of energy delivered by the supply"),
    ("curtailment_price", r"\pi^\mathrm{curt}", "currency/MWh", "Price paid for energy available but not taken"),
    (
        "supply_carbon_intensity",
        r"\epsilon^\mathrm{supply}",
        "tCO2e/MWh",
        "Emissions of energy delivered by the supply",
    ),
    ("supply_cfe", r"\gamma^\mathrm{supply}", "1", "Carbon-free share of energy delivered by the supply"),
    ("supply_variable_om", r"\nu^\mathrm{supply}", "currency/MWh", "Operation and maintenance of each MWh delivered"),
    # contract
    (
        "wheeling_price",
        r"\pi^\mathrm{wheel}",
        "currency/MWh",
        "Charge for each MWh of the supply that comes through the public grid",
    ),
    ("wheeling_loss", r"\mu", "1", "Share of the supply's power that is lost on the way to the site"),
    ("wheeling_losses", r"l^\mathrm{wheel}", "MW", "Power of the supply that is lost on the way to the site"),
    ("annual_take", r"\theta^\mathrm{take}", "1", "Share of a year's available energy that is taken or paid"),
    ("annual_take_price", r"\pi^\mathrm{take}", "currency/MWh", "Price of a year's energy that should have been taken"),
    ("annual_shortfall", r"z", "MWh/a", "Energy that should have been taken in the year and was not"),
    ("monthly_take", r"\theta^\mathrm{take,m}", "1", "Share of a month's available energy that is taken or paid"),
    (
        "monthly_take_price",
        r"\pi^\mathrm{take,m}",
        "currency/MWh",
        "Price of a month's energy that should have been taken",
    ),
    ("monthly_shortfall", r"z^\mathrm{m}", "MWh/a", "Energy that should have been taken in the month and was not"),
    # grid
    ("connection_capacity", r"\overline{G}", "MW", "Capacity of the grid connection"),
    ("connection_capacity_min", r"\overline{G}^{\min}", "MW", "Least capacity of the grid connection"),
    ("connection_capacity_max", r"\overline{G}^{\max}", "MW", "Greatest capacity of the grid connection"),
    ("connection_capacity_cost", r"k^\mathrm{grid}", "currency/MW/a", "Yearly cost of a MW of grid connection"),
    (
        "connection_capacity_existing",
        r"\overline{G}^\mathrm{old}",
        "MW",
        "Capacity of the connection that is there already and costs nothing more",
    ),
    (
        "connection_capacity_capital_cost",
        r"K^\mathrm{grid}",
        "currency/MW",
        "Investment for each MW of capacity of the connection",
    ),
    (
        "connection_capacity_annuity",
        r"\rho^\mathrm{grid}",
        "1/a",
        "Yearly payment for each unit of money invested in capacity of the connection",
    ),
    (
        "connection_capacity_fixed_om",
        r"o^\mathrm{grid}",
        "currency/MW/a",
        "Yearly operation and maintenance of each MW of capacity of the connection",
    ),
    ("subscribed_power", r"\overline{S}", "MW", "Subscribed power: greatest import that the tariff allows"),
    ("subscribed_power_min", r"\overline{S}^{\min}", "MW", "Least subscribed power"),
    ("subscribed_power_max", r"\overline{S}^{\max}", "MW", "Greatest subscribed power"),
    ("subscribed_power_cost", r"k^\mathrm{sub}", "currency/MW/a", "Yearly cost of a MW of subscribed power"),
    (
        "subscribed_power_existing",
        r"\overline{S}^\mathrm{old}",
        "MW",
        "Subscribed power that is there already and costs nothing more",
    ),
    ("subscribed_power_capital_cost", r"K^\mathrm{sub}", "currency/MW", "Investment for each MW of subscribed power"),
    (
        "subscribed_power_annuity",
        r"\rho^\mathrm{sub}",
        "1/a",
        "Yearly payment for each unit of money invested in subscribed power",
    ),
    (
        "subscribed_power_fixed_om",
        r"o^\mathrm{sub}",
        "currency/MW/a",
        "Yearly operation and maintenance of each MW of subscribed power",
    ),
    ("grid_available", r"\alpha", "1", "Share of the connection in service (0 in an outage)"),
    ("export_capacity", r"\overline{X}", "MW", "Greatest power that may be exported"),
    ("grid_import", r"g^{+}", "MW", "Power taken from the grid"),
    ("grid_export", r"g^{-}", "MW", "Power given to the grid"),
    ("energy_price", r"\pi", "currency/MWh", "Price of energy imported from the grid"),
    ("export_price", r"\pi^\mathrm{exp}", "currency/MWh", "Price received for energy exported to the grid"),
    ("carbon_intensity", r"\epsilon", "tCO2e/MWh", "Average carbon intensity of grid energy"),
    ("carbon_price", r"\pi^\mathrm{CO2}", "currency/tCO2e", "Price of a tonne of emissions"),
    ("grid_cfe", r"\gamma", "1", "Carbon-free share of grid energy"),
    # tariff
    ("band_price", r"\pi^\mathrm{band}", "currency/MWh", "Price of energy in the tariff's time-of-use band"),
    ("band_share", r"\theta", "1", "Share of the interval that lies in the tariff's time-of-use band"),
    ("export_band_price", r"\pi^\mathrm{exp,band}", "currency/MWh", "Price received for energy sold in the band"),
    ("block_price", r"\pi^\mathrm{block}", "currency/MWh", "Price of energy in the block of a period's energy"),
    ("block_energy", r"q", "MWh", "Energy imported in a period that falls into the block"),
    ("block_width", r"\overline{q}", "MWh", "Energy that fits into the block in a period"),
    ("block_weight", r"w^\mathrm{block}", "1/a", "How many real periods of a year the block rate's period stands for"),
    ("block_hour", r"t", "1", "Interval that counts for the block rate in a place of its period"),
    ("block_share", r"\theta^\mathrm{block}", "1", "Share of the interval that counts for the block rate"),
    ("metered_peak", r"\hat{g}", "MW", "Greatest import in the hours of a charge and period"),
    ("peak_so_far", r"\hat{g}^0", "MW", "Peak metered in the period before the horizon"),
    (
        "billed_peak",
        r"\hat{g}^\mathrm{bill}",
        "MW",
        "Peak that is billed: the metered one, or a share of an earlier one",
    ),
    (
        "ratchet_floor",
        r"\hat{g}^{-}",
        "MW",
        "Share of the peaks before the horizon that is billed in the period at least",
    ),
    ("ratchet_share", r"\rho", "1", "Share of a peak that is billed in later periods at least"),
    ("period_weight", r"w^\mathrm{per}", "1/a", "How many real billed periods of a year the period stands for"),
    ("demand_price", r"\pi^\mathrm{dem}", "currency/MW", "Price of a MW of billed peak, for each period"),
    ("coincident", r"\chi", "1", "How much the interval counts in the period's coincident peak"),
    (
        "coincident_price",
        r"\pi^\mathrm{coin}",
        "currency/MW",
        "Price of a MW of import at the coincident peak, for each period",
    ),
    (
        "coincident_weight",
        r"w^\mathrm{coin}",
        "1/a",
        "How many real periods of a year the period of a coincident peak stands for",
    ),
    ("coincident_hour", r"t", "1", "Interval that may be a coincident peak of the period"),
    ("coincident_share", r"\chi^\mathrm{coin}", "1", "Share of the interval in the period's coincident peak"),
    ("overrun", r"o", "MW", "Greatest import above the subscribed power in a charge's period"),
    (
        "overrun_price",
        r"\pi^\mathrm{over}",
        "currency/MW",
        "Price of a MW of import above the subscribed power, for each period",
    ),
    ("fixed_price", r"\pi^\mathrm{fix}", "currency", "What is due for each period whatever is drawn"),
    ("fixed_weight", r"w^\mathrm{fix}", "1/a", "How many real periods of a year the fixed charge's period stands for"),
    ("energy_tax", r"\tau^\mathrm{energy}", "1", "Tax on energy from the grid"),
    ("demand_tax", r"\tau^\mathrm{dem}", "1", "Tax on demand charges"),
    ("overrun_tax", r"\tau^\mathrm{over}", "1", "Tax on the overrun of subscribed power"),
    ("subscribed_tax", r"\tau^\mathrm{sub}", "1", "Tax on subscribed power"),
    ("fixed_tax", r"\tau^\mathrm{fix}", "1", "Tax on fixed charges"),
    # battery
    ("power_capacity", r"\overline{B}", "MW", "Power of the battery's inverter, on the site's side"),
    ("power_capacity_min", r"\overline{B}^{\min}", "MW", "Least power of the battery"),
    ("power_capacity_max", r"\overline{B}^{\max}", "MW", "Greatest power of the battery"),
    ("power_capacity_cost", r"k^\mathrm{power}", "currency/MW/a", "Yearly cost of a MW of battery power"),
    (
        "power_capacity_existing",
        r"\overline{B}^\mathrm{old}",
        "MW",
        "Battery power that is there already and costs nothing more",
    ),
    ("power_capacity_capital_cost", r"K^\mathrm{power}", "currency/MW", "Investment for each MW of battery power"),
    (
        "power_capacity_annuity",
        r"\rho^\mathrm{power}",
        "1/a",
        "Yearly payment for each unit of money invested in battery power",
    ),
    (
        "power_capacity_fixed_om",
        r"o^\mathrm{power}",
        "currency/MW/a",
        "Yearly operation and maintenance of each MW of battery power",
    ),
    ("energy_capacity", r"\overline{E}", "MWh", "Energy that the battery can store when new"),
    ("energy_capacity_min", r"\overline{E}^{\min}", "MWh", "Least energy capacity of the battery"),
    ("energy_capacity_max", r"\overline{E}^{\max}", "MWh", "Greatest energy capacity of the battery"),
    ("energy_capacity_cost", r"k^\mathrm{energy}", "currency/MWh/a", "Yearly cost of a MWh of battery energy"),
    (
        "energy_capacity_existing",
        r"\overline{E}^\mathrm{old}",
        "MWh",
        "Battery energy that is there already and costs nothing more",
    ),
    ("energy_capacity_capital_cost", r"K^\mathrm{energy}", "currency/MWh", "Investment for each MWh of battery energy"),
    (
        "energy_capacity_annuity",
        r"\rho^\mathrm{energy}",
        "1/a",
        "Yearly payment for each unit of money invested in battery energy",
    ),
    (
        "energy_capacity_fixed_om",
        r"o^\mathrm{energy}",
        "currency/MWh/a",
        "Yearly operation and maintenance of each MWh of battery energy",
    ),
    ("state_of_health", r"h", "1", "Share of the energy capacity left after ageing"),
    ("charge", r"b^{+}", "MW", "Power into the battery, before losses"),
    ("discharge", r"b^{-}", "MW", "Power out of the battery, after losses"),
    ("stored_energy", r"e", "MWh", "Energy in the battery at the interval's boundary"),
    ("soc", r"s", "1", "State of charge: stored energy over the usable energy capacity"),
    ("charge_efficiency", r"\eta^{+}", "1", "Energy stored for each MWh charged"),
    ("discharge_efficiency", r"\eta^{-}", "1", "Energy delivered for each MWh taken from the store"),
    ("self_discharge", r"\sigma", "1/h", "Share of the stored energy lost in an hour"),
    ("soc_min", r"\underline{s}", "1", "Least state of charge"),
    ("soc_max", r"\overline{s}", "1", "Greatest state of charge"),
    ("initial_energy", r"e_0", "MWh", "Stored energy at the start"),
    ("initial_soc", r"s_0", "1", "State of charge at the start"),
    ("final_soc_min", r"\underline{s}_N", "1", "Least state of charge at the end"),
    ("final_soc_max", r"\overline{s}_N", "1", "Greatest state of charge at the end"),
    ("cyclic", r"\omega", "1", "1 where the battery ends as it began"),
    ("cycles_max", r"\overline{n}", "1/a", "Greatest number of full cycles a year"),
    ("throughput_cost", r"\kappa", "currency/MWh", "Wear for each MWh discharged"),
    ("cycle_life", r"N", "1", "Cycles of the given depth until the battery is replaced"),
    ("depth_of_discharge", r"D", "1", "Depth of the cycles that the life is given in"),
    ("replacement_cost", r"R", "currency/MWh", "Cost of replacing a MWh of energy capacity"),
    ("depth_exponent", r"\beta", "1", "Exponent by which the life that a cycle takes rises with its depth"),
    ("calendar_fade", r"\phi", "1/a", "Share of the new battery's energy capacity lost in a year of age"),
    ("age", r"\tau^\mathrm{age}", "a", "Age of the battery at the start"),
    ("segment_share", r"\theta^\mathrm{seg}", "1", "Share of what the battery can store that the segment holds"),
    ("depth_cost", r"\kappa^\mathrm{seg}", "currency/MWh", "Wear for each MWh discharged from the segment"),
    ("segment_charge", r"b^{+,\mathrm{seg}}", "MW", "Power into the segment of the battery, before losses"),
    ("segment_discharge", r"b^{-,\mathrm{seg}}", "MW", "Power out of the segment of the battery, after losses"),
    ("segment_energy", r"e^\mathrm{seg}", "MWh", "Energy in the segment of the battery at the interval's boundary"),
    (
        "cycles_by_depth",
        r"n",
        "1/a",
        "Cycles a year of the battery up to the depth and above the one before, by rainflow",
    ),
    ("cycle_wear", r"\omega^\mathrm{cyc}", "1/a", "Share of the battery's life that a year's cycles take"),
    ("expected_life", r"T^\mathrm{cyc}", "a", "Years until the battery's cycles are spent"),
    ("holding_cost", r"\kappa^\mathrm{hold}", "currency/MWh/h", "Cost of keeping a MWh stored for an hour"),
    ("battery_variable_om", r"\nu^\mathrm{bat}", "currency/MWh", "Operation and maintenance of each MWh discharged"),
    ("duration_min", r"\underline{\tau}", "h", "Least energy capacity for each MW of power"),
    ("duration_max", r"\overline{\tau}", "h", "Greatest energy capacity for each MW of power"),
    # generator
    ("generator_capacity", r"\overline{D}", "MW", "Capacity of the generator"),
    ("generator_capacity_min", r"\overline{D}^{\min}", "MW", "Least capacity of the generator"),
    ("generator_capacity_max", r"\overline{D}^{\max}", "MW", "Greatest capacity of the generator"),
    ("generator_capacity_cost", r"k^\mathrm{gen}", "currency/MW/a", "Yearly cost of a MW of the generator"),
    (
        "generator_capacity_existing",
        r"\overline{D}^\mathrm{old}",
        "MW",
        "Capacity of the generator that is there already and costs nothing more",
    ),
    (
        "generator_capacity_capital_cost",
        r"K^\mathrm{gen}",
        "currency/MW",
        "Investment for each MW of capacity of the generator",
    ),
    (
        "generator_capacity_annuity",
        r"\rho^\mathrm{gen}",
        "1/a",
        "Yearly payment for each unit of money invested in capacity of the generator",
    ),
    (
        "generator_capacity_fixed_om",
        r"o^\mathrm{gen}",
        "currency/MW/a",
        "Yearly operation and maintenance of each MW of capacity of the generator",
    ),
    ("generation", r"d", "MW", "Power from the generator"),
    ("generator_available", r"\alpha^\mathrm{gen}", "1", "Share of the generator in service"),
    ("generator_efficiency", r"\eta^\mathrm{gen}", "1", "Energy generated for each MWh of fuel"),
    ("fuel_price", r"\pi^\mathrm{fuel}", "currency/MWh", "Price of a MWh of fuel (of energy, where efficiency is 1)"),
    (
        "fuel_carbon_intensity",
        r"\epsilon^\mathrm{fuel}",
        "tCO2e/MWh",
        "Emissions of a MWh of fuel (of energy, where efficiency is 1)",
    ),
    ("generator_cfe", r"\gamma^\mathrm{gen}", "1", "Carbon-free share of energy generated"),
    ("generator_variable_om", r"\nu^\mathrm{gen}", "currency/MWh", "Operation and maintenance of each MWh generated"),
    ("generator_hours_max", r"\overline{h}^\mathrm{gen}", "h/a", "Greatest number of full-load hours a year"),
    ("generator_energy_max", r"\overline{d}^\mathrm{gen}", "MWh/a", "Greatest energy generated a year"),
    # targets and scores
    ("cfe_target", r"x", "1", "Least share of the load that carbon-free energy covers, hour by hour, over the year"),
    (
        "cfe_monthly_target",
        r"x^\mathrm{month}",
        "1",
        "Least share of the load that carbon-free energy covers, hour by hour, in each month",
    ),
    (
        "cfe_rolling_target",
        r"x^\mathrm{roll}",
        "1",
        "Least share of the load that carbon-free energy covers, hour by hour, in every window of days",
    ),
    (
        "cfe_annual_target",
        r"x^\mathrm{year}",
        "1",
        "Least carbon-free energy taken in a year for each MWh of load, whenever either occurs",
    ),
    ("month_hour", r"t^\mathrm{month}", "1", "Interval in the place of the month"),
    ("month_share", r"\theta^\mathrm{month}", "1", "1 where the place belongs to the month, 0 where it is padding"),
    ("day_hour", r"t^\mathrm{day}", "1", "Interval in the place of the day"),
    ("day_share", r"\theta^\mathrm{day}", "1", "1 where the place belongs to the day, 0 where it is padding"),
    ("window_day", r"d^\mathrm{roll}", "1", "Day in the place of the window"),
    (
        "daily_excess",
        r"y",
        "MWh/a",
        "Load of the day that carbon-free energy does not cover, beyond the share that need not be covered",
    ),
    ("emissions_max", r"\overline{\epsilon}", "tCO2e/a", "Greatest emissions a year, location-based"),
    (
        "emission_intensity_max",
        r"\overline{\epsilon}^\mathrm{load}",
        "tCO2e/MWh",
        "Greatest emissions a year for each MWh of load, location-based",
    ),
    ("grid_energy_max", r"\overline{g}", "MWh/a", "Greatest energy taken from the grid in a year"),
    ("grid_share_max", r"\overline{g}^\mathrm{load}", "1", "Greatest share of the load taken from the grid in a year"),
    (
        "curtailment_share_max",
        r"\overline{c}^\mathrm{year}",
        "1",
        "Greatest share of the energy available from supplies that may be curtailed in a year",
    ),
    (
        "export_share",
        r"\xi",
        "1",
        "Greatest share of the energy that supplies produce and that is not curtailed that may be sold in a year",
    ),
    ("residual_intensity", r"\epsilon^\mathrm{res}", "tCO2e/MWh", "Residual carbon intensity of grid energy"),
    ("cfe_score", r"\mathrm{CFE}", "1", "Share of the hour's load that carbon-free energy covers"),
    (
        "emissions",
        r"\epsilon^\mathrm{tot}",
        "tCO2e/h",
        "Location-based emissions of the energy used, at average intensity",
    ),
    ("matched_share", r"\mathrm{CFE}", "1", "Share of the period's load that is matched, by the score's way to count"),
    ("certified_energy", r"p", "MWh/a", "Energy of the source that went into the use"),
    ("contract_energy", r"p", "MWh/a", "Energy, counted at the plant, that went into the use"),
    ("contract_money", r"C", "currency/a", "What was paid for the supply, and what came from selling its energy"),
    ("contract_price", r"\pi", "currency/MWh", "What a MWh of the supply costs or earns, by the side that is asked"),
    # prices found
    (
        "marginal_price",
        r"\lambda",
        "currency/MWh",
        "Cost of one more MWh of load in the hour; positive means that load costs",
    ),
    (
        "marginal_gpu_hour",
        r"\lambda^\mathrm{GPU}",
        "currency/GPU-h",
        "Cost of one more GPU-hour that is asked of the workload in the hour",
    ),
    ("cost_by_hour", r"C", "currency/a", "Share of the yearly cost line that falls in the hour"),
    ("annual_cost", r"C", "currency/a", "Yearly cost; negative means revenue"),
    ("cost_by_supply", r"C", "currency/a", "Share of the yearly cost line that is due to the supply"),
    ("cost_by_battery", r"C", "currency/a", "Share of the yearly cost line that is due to the battery"),
    ("cost_by_generator", r"C", "currency/a", "Share of the yearly cost line that is due to the generator"),
    ("cost_by_workload", r"C", "currency/a", "Share of the yearly cost line that is due to the workload"),
    # money over the years
    ("price_level", r"\ell", "1", "Levelised prices of the cost line over those of year 0"),
    ("discount_rate", r"r", "1/a", "Discount rate, real"),
    ("inflation", r"i", "1/a", "Inflation"),
    ("cash_flow", r"F", "currency", "What is paid at the end of the year, in money of year 0; negative means revenue"),
)

_ROW_UNITS: dict[str, str] = {
    "power_balance": "MW",
    "unserved_limit": "MW",
    "it_load_balance": "MW",
    "it_capacity_limit": "MW",
    "backlog_balance": "MWh",
    "backlog_within": "MWh",
    "cut_of_running": "MW",
    "running_limit": "MW",
    "job_done": "MWh",
    "available_power": "MW",
    "least_delivery": "MW",
    "annual_take_or_pay": "MWh/a",
    "monthly_take_or_pay": "MWh/a",
    "connection_limit": "MW",
    "tier_limit": "MW",
    "rest_limit": "MW",
    "unserved_by_tier": "MW",
    "ride_power_limit": "MW",
    "ride_through_power": "MW",
    "ride_through_energy": "MWh",
    "held_power_limit": "MW",
    "held_energy_limit": "MWh",
    "loss_of_one": "MW",
    "ramp_up_limit": "MW",
    "ramp_down_limit": "MW",
    "response_limit": "MW",
    "swing_discharge": "MW",
    "swing_charge": "MW",
    "swing_floor_at_start": "MWh",
    "swing_floor_at_end": "MWh",
    "swing_ceiling_at_start": "MWh",
    "swing_ceiling_at_end": "MWh",
    "stored_energy_balance": "MWh",
    "stored_energy_ceiling": "MWh",
    "stored_energy_floor": "MWh",
    "inverter_limit": "MW",
    "charge_limit": "MW",
    "discharge_limit": "MW",
    "cyclic_energy": "MWh",
    "initial_energy": "MWh",
    "final_energy_floor": "MWh",
    "final_energy_ceiling": "MWh",
    "cycle_limit": "MWh/a",
    "charge_by_segment": "MW",
    "discharge_by_segment": "MW",
    "segment_balance": "MWh",
    "segment_ceiling": "MWh",
    "segment_start": "MWh",
    "cyclic_segment": "MWh",
    "hourly_matching": "MWh/a",
    "monthly_matching": "MWh/a",
    "daily_matching": "MWh/a",
    "rolling_matching": "MWh/a",
    "annual_matching": "MWh/a",
    "emissions_cap": "tCO2e/a",
    "emission_intensity_cap": "tCO2e/a",
    "grid_energy_cap": "MWh/a",
    "grid_share_cap": "MWh/a",
    "curtailment_cap": "MWh/a",
    "surplus_rule": "MWh/a",
    "peak_metering": "MW",
    "peak_billing": "MW",
    "ratchet": "MW",
    "overrun_metering": "MW",
    "block_filling": "MWh",
    "subscribed_limit": "MW",
    "least_duration": "MWh",
    "greatest_duration": "MWh",
    "generation_limit": "MW",
    "generator_hours_limit": "MWh/a",
    "generator_energy_limit": "MWh/a",
}


def row_unit(family: str) -> str:
    """Give the unit in which a family of constraints is written; ``"unit"`` for a user's own family.

    Examples
    --------
    >>> row_unit("power_balance")
    'MW'
    """
    return _ROW_UNITS.get(family, "unit")


TERMS: dict[str, Term] = {row[0]: Term(*row) for row in _TABLE}


def term(name: str) -> Term:
    """Look a quantity up by its name.

    Parameters
    ----------
    name : str
        A name of the table.

    Returns
    -------
    Term
        Symbol, unit and description.

    Raises
    ------
    KeyError
        If the table has no such name.

    Examples
    --------
    >>> term("stored_energy").unit
    'MWh'
    """
    return TERMS[name]
