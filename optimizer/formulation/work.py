"""The work behind the IT load: what waits, what is cut, jobs with deadlines, and what runs where it pays."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, cost, variable


@variable(over="hour", when="firm_it_load")
def it_load(m: Any, t: Any) -> Any:
    """Power drawn by the IT equipment for all work."""
    return 0, None


@variable(over=("flexible_workload", "hour"), when="firm_it_load")
def flexible_power(m: Any, w: Any, t: Any) -> Any:
    """Work done of each workload that may wait, or that runs where it pays, as its power without caps."""
    return 0, m.flexible_power_max[w, t]


@variable(over="job_interval", when="firm_it_load")
def job_power(m: Any, i: Any) -> Any:
    """Power of each job in each interval between its release and its deadline, as far as it lies between them."""
    return m.job_power_min[i], m.job_power_max[i]


@variable(over=("cappable_workload", "curve_segment", "hour"), when="firm_it_load")
def segment_cut(m: Any, w: Any, k: Any, t: Any) -> Any:
    """Power cut in each segment of a workload's curve; those that lose least come first, as the curve is concave."""
    return 0, m.cut_share[w, k] * m.nominal_power[w, t]


@variable(over=("deferrable_workload", "boundary"), when="firm_it_load")
def backlog(m: Any, w: Any, n: Any) -> Any:
    """Work that waits at each boundary, no more than what has arrived within the window."""
    return 0, m.backlog_max[w, n]


@constraint(over="hour", when="firm_it_load")
def it_load_balance(m: Any, t: Any) -> Any:
    """The IT equipment draws power for firm work, for flexible work and for jobs, less what caps save."""
    return m.it_load[t] == (
        m.firm_it_load[t]
        - sum(m.cut_saving[w, k] * m.segment_cut[w, k, t] for w in m.cappable_workload for k in m.curve_segment)
        + sum(m.flexible_power[w, t] for w in m.flexible_workload)
        + sum(m.job_share[t, s] * m.job_power[m.job_place[t, s]] for s in m.job_slot)
    )


@constraint(over=("deferrable_workload", "hour"), when="firm_it_load")
def backlog_balance(m: Any, w: Any, t: Any) -> Any:
    """Work waits on until it is done: one backlog for each workload, never pooled."""
    return m.backlog[w, t + 1] == m.backlog[w, t] + m.dt[t] * (m.arrival[w, t] - m.flexible_power[w, t])


@constraint(over=("deferrable_workload", "hour", "moment_due"), when="moment_share")
def backlog_within(m: Any, w: Any, t: Any, i: Any) -> Any:
    """Work that falls due within an interval, where the window is no whole number of them, is done by then."""
    return (
        m.backlog[w, t] + m.moment_share[w, t, i] * m.dt[t] * (m.arrival[w, t] - m.flexible_power[w, t])
        <= m.moment_backlog_max[w, t, i]
    )


def _running(m: Any, w: Any, t: Any) -> Any:
    """Give the power that the machines that run would draw without caps: more of them run than the work needs."""
    return m.flexible_power[w, t] + sum(m.loss_share[w, k] * m.segment_cut[w, k, t] for k in m.curve_segment)


@constraint(over=("slowable_workload", "curve_segment", "hour"), when="firm_it_load")
def cut_of_running(m: Any, w: Any, k: Any, t: Any) -> Any:
    """Only machines that run can be capped."""
    return m.segment_cut[w, k, t] <= m.cut_share[w, k] * _running(m, w, t)


@constraint(over=("slowable_workload", "hour"), when="firm_it_load")
def running_limit(m: Any, w: Any, t: Any) -> Any:
    """No more machines run than there are, be they capped or not."""
    return _running(m, w, t) <= m.nominal_power[w, t]


@constraint(over="job", when="firm_it_load")
def job_done(m: Any, j: Any) -> Any:
    """Each job takes its energy between its release and its deadline."""
    return sum(m.job_stage_length[j, p] * m.job_power[m.job_stage_place[j, p]] for p in m.job_stage) == m.job_energy[j]


@cost(over=("cappable_workload", "curve_segment", "hour"), label="Lost throughput", when="throughput_value")
def lost_throughput_charge(m: Any, w: Any, k: Any, t: Any) -> Any:
    """Value of the work that cuts lose."""
    return m.weight[t] * m.dt[t] * m.throughput_value[w, t] * m.loss_share[w, k] * m.segment_cut[w, k, t]


@cost(over=("opportunistic_workload", "hour"), label="Opportunistic work", when="work_value")
def opportunistic_revenue(m: Any, w: Any, t: Any) -> Any:
    """Value of the work that runs where it pays, as a negative cost."""
    return -m.weight[t] * m.dt[t] * m.work_value[w, t] * m.flexible_power[w, t]


@cost(over=("deferrable_workload", "hour"), label="Delay", when="delay_cost")
def delay_charge(m: Any, w: Any, t: Any) -> Any:
    """Cost of work that waits at the end of each interval."""
    return m.weight[t] * m.dt[t] * m.delay_cost[w] * m.backlog[w, t + 1]


FAMILIES: tuple[Rule, ...] = (
    it_load,
    flexible_power,
    job_power,
    segment_cut,
    backlog,
    it_load_balance,
    backlog_balance,
    backlog_within,
    cut_of_running,
    running_limit,
    job_done,
    lost_throughput_charge,
    opportunistic_revenue,
    delay_charge,
)
