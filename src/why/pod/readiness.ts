/** A pod whose containers run and that is not Ready. */
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, problem, waiting } from '../explanation.ts';
import { eventCount, eventTime, type Facts } from '../facts.ts';
import { ago, count, lasting, oneLine } from '../words.ts';
import { type ContainerView, isSidecar } from './containers.ts';
import { conditionOf } from './state.ts';

export function readinessFindings(pod: Pod, facts: Facts, views: readonly ContainerView[]): Finding[] {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status === 'True') return [];
  const running = views.filter(
    view =>
      view.status.state?.running && !view.status.ready && (!view.title.startsWith('init') || isSidecar(view)),
  );
  return [...running.map(probeFinding), ...gateFindings(pod, facts)];
}

function probeFinding(view: ContainerView): Finding {
  const { status, spec, facts, pod, title } = view;
  const kind = spec?.startupProbe && status.started !== true ? 'Startup' : 'Readiness';
  const event = facts
    .eventsOf(pod, 'Unhealthy')
    .findLast(
      one =>
        one.message?.startsWith(`${kind} probe`) &&
        (!one.involvedObject.fieldPath || one.involvedObject.fieldPath.includes(`{${status.name}}`)),
    );
  if (event) {
    return problem(`${kind}Probe`, `not Ready: ${title}: ${oneLine(event.message)}`, {
      evidence: [`Reported ${count(eventCount(event), 'time')}, last ${ago(eventTime(event), facts.nowMs)}`],
      remedies: [`make ${title} answer its ${kind.toLowerCase()} probe, or correct the probe`],
    });
  }
  return waiting(
    `${kind}Probe`,
    `not Ready: ${title} runs, and its ${kind.toLowerCase()} probe has not passed yet`,
    {
      evidence: [`It has run for ${lasting(status.state?.running?.startedAt, facts.nowMs)}`],
    },
  );
}

/** Readiness gates (KEP-580): conditions that somebody else must set. */
function gateFindings(pod: Pod, facts: Facts): Finding[] {
  return (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = conditionOf(pod, conditionType);
    if (condition?.status === 'True') return [];
    const state = condition
      ? `is ${condition.status}${condition.message ? ` (${oneLine(condition.message)})` : ''} for ${lasting(condition.lastTransitionTime, facts.nowMs)}`
      : 'has not been set';
    return [
      problem('ReadinessGate', `not Ready: readiness gate ${conditionType} ${state}`, {
        remedies: [`whoever owns ${conditionType} sets the condition to True in the pod's status`],
      }),
    ];
  });
}
