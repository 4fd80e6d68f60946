/** Why a pod has no node. */
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Rejection } from '#scheduler/framework/plugin.ts';
import { type Evidence, type Finding, problem, waiting } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import { ago, amountText, count, listed } from '../words.ts';
import { lacksOf } from './lacks.ts';
import type { Lack } from './lack.ts';
import { preemptionEvidence } from './preemption.ts';
import { freeOf, resourceOfReason } from './resources.ts';
import { type Judgement, judge, type NodeVerdict, type SchedulingView, schedulingView } from './view.ts';
import { amountOf } from '#scheduler/framework/resources.ts';

/** By the scheduler's own plugins, on the cluster of the facts. */
export function schedulingFinding(pod: Pod, facts: Facts): Finding {
  const view = schedulingView(facts, pod);
  if (view.table.nodes.length === 0) {
    return problem('NoNodes', 'Pending: the cluster has no nodes', { remedies: ['add a node'] });
  }
  const judgement = judge(view);
  const fitting = judgement.nodes.filter(({ refusals }) => refusals.length === 0);
  if (judgement.refusedAtOnce.length === 0 && fitting.length > 0) return fitsFinding(pod, facts, fitting);
  return unfitFinding(view, judgement);
}

/** Nothing stands in the way: the scheduler has not come to it yet. */
function fitsFinding(pod: Pod, facts: Facts, fitting: readonly NodeVerdict[]): Finding {
  const last = facts.eventsOf(pod, 'FailedScheduling').at(-1);
  const names = listed(fitting.map(({ node }) => node.name));
  return waiting('NotYetScheduled', `Pending: it fits on ${names}, and waits for the scheduler`, {
    evidence: [
      last
        ? `The scheduler tried it ${ago(eventTime(last), facts.nowMs)} and found no node then; it tries again after a back-off or when something changes`
        : 'The scheduler has reported nothing about it yet',
    ],
  });
}

function unfitFinding(view: SchedulingView, judgement: Judgement): Finding {
  const { nodes, refusedAtOnce } = judgement;
  const total = nodes.length;
  if (refusedAtOnce.length > 0) {
    const byReason = Map.groupBy(
      refusedAtOnce.flatMap(({ plugin, reasons }) => reasons.map(reason => ({ plugin, reason }))),
      ({ reason }) => reason,
    );
    const reasons = [...byReason].map(
      ([reason, said]) => `${reason} (${said.map(({ plugin }) => plugin).join(', ')})`,
    );
    return problem('Refused', `Pending: refused whatever the node: ${reasons.join('; ')}`);
  }
  const ranked = rank(view, nodes);
  const plugins = [...new Set(nodes.flatMap(({ refusals }) => refusals.map(({ plugin }) => plugin)))];
  return problem('Unschedulable', `Pending: 0 of ${count(total, 'node')} fit (${plugins.join(', ')})`, {
    evidence: [...groups(view, nodes), nearestMiss(ranked[0]!), preemptionEvidence(view, judgement)],
    remedies: remediesOf(ranked),
  });
}

/** One line for each reason: how many nodes, and how near the nearest is. */
function groups(view: SchedulingView, nodes: readonly NodeVerdict[]): Evidence[] {
  const byReason = new Map<string, { rejection: Rejection; reason: string; refused: NodeVerdict[] }>();
  for (const verdict of nodes) {
    for (const rejection of verdict.refusals) {
      for (const reason of rejection.reasons) {
        const key = `${rejection.plugin}: ${reason}`;
        const group = byReason.get(key) ?? { rejection, reason, refused: [] };
        group.refused.push(verdict);
        byReason.set(key, group);
      }
    }
  }
  return [...byReason.values()]
    .sort((a, b) => b.refused.length - a.refused.length)
    .map(group => ({
      text: `${count(group.refused.length, 'node')}: ${groupText(view, group)}`,
      about: group.refused.map(({ node }) => ({ kind: 'Node', name: node.name })),
    }));
}

function groupText(
  view: SchedulingView,
  { rejection, reason, refused }: { rejection: Rejection; reason: string; refused: NodeVerdict[] },
): string {
  const resource = resourceOfReason(reason);
  if (resource !== undefined) {
    const best = refused.reduce((a, b) => (freeOf(b.node, resource) > freeOf(a.node, resource) ? b : a));
    const asked = amountText(resource, amountOf(view.pod.requests, resource));
    const free = amountText(resource, Math.max(0, freeOf(best.node, resource)));
    return `${reason} (asks for ${asked}, the most free is ${free} on ${best.node.name})`;
  }
  const texts = new Map<string, string[]>();
  for (const { node } of refused) {
    for (const { text } of lacksOf(view, node, { ...rejection, reasons: [reason] })) {
      texts.set(text, [...(texts.get(text) ?? []), node.name]);
    }
  }
  const shown = [...texts]
    .slice(0, groupTextsMax)
    .map(([text, names]) => (texts.size === 1 ? text : `${listed(names, 2)}: ${text}`));
  const more = texts.size > groupTextsMax ? `; and ${texts.size - groupTextsMax} more` : '';
  return `${rejection.plugin}: ${shown.join('; ')}${more}`;
}

const groupTextsMax = 3;

interface Ranked extends NodeVerdict {
  readonly lacks: readonly Lack[];
}

/** The node that lacks least first. */
function rank(view: SchedulingView, nodes: readonly NodeVerdict[]): Ranked[] {
  const distance = ({ lacks }: Ranked) => lacks.reduce((sum, lack) => sum + lack.distance, 0);
  return nodes
    .map(verdict => ({
      ...verdict,
      lacks: verdict.refusals.flatMap(refusal => lacksOf(view, verdict.node, refusal)),
    }))
    .sort((a, b) => distance(a) - distance(b));
}

function nearestMiss({ node, lacks }: Ranked): Evidence {
  return {
    text: `Nearest miss: ${node.name}: ${lacks.map(lack => lack.text).join('; ')}`,
    about: [{ kind: 'Node', name: node.name }],
  };
}

const remediesMax = 4;

/** For the nearest node of each set of refusing plugins, all that it takes there. */
function remediesOf(ranked: readonly Ranked[]): string[] {
  const seen = new Set<string>();
  const remedies: string[] = [];
  for (const { refusals, lacks } of ranked) {
    const plugins = refusals.map(({ plugin }) => plugin).join();
    if (seen.has(plugins) || lacks.some(lack => lack.remedy === '')) continue;
    seen.add(plugins);
    remedies.push([...new Set(lacks.map(lack => lack.remedy))].join('; and '));
  }
  return remedies.slice(0, remediesMax);
}
