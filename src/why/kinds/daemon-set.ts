/** Why a DaemonSet is not on every node that it should be on. */
import { controllerRevisions, daemonSets, nodes, pods } from '#api/generated/refs.ts';
import type { DaemonSet } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { requiredNodeMatcher } from '#api/node-selection.ts';
import { untoleratedTaint } from '#scheduler/framework/tolerations.ts';
import { type Evidence, type Finding, healthy, problem, referenceTo, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { taintText } from '../scheduling/taints.ts';
import { count, listed } from '../words.ts';
import { notObserved } from './controllers.ts';
import { failedCreate, gatherPods, unreadyPods } from './pods-of.ts';

async function gatherDaemonSet({ metadata }: DaemonSet, gatherer: Gatherer): Promise<void> {
  const { namespace = '' } = metadata;
  await Promise.all([
    gatherer.list(controllerRevisions, namespace),
    gatherPods(namespace, gatherer, pod =>
      (pod.metadata.ownerReferences ?? []).some(one => one.uid === metadata.uid),
    ),
  ]);
}

/** What the controller lets its pods tolerate. */
const daemonTolerations: readonly Toleration[] = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
  'network-unavailable',
].map(name => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists' }));

function findingsOf(set: DaemonSet, facts: Facts): Finding[] {
  const {
    desiredNumberScheduled: desired = 0,
    numberReady = 0,
    numberMisscheduled = 0,
    updatedNumberScheduled = 0,
  } = set.status ?? {};
  const owned = facts.controlledBy(pods, set);
  const refused = failedCreate(set, facts);
  const left = leftOut(set, owned, facts);
  const findings = [
    ...(refused ? [problem('FailedCreate', refused.text, refused)] : []),
    ...notObserved(set, 'daemon set'),
  ];
  if (numberReady < desired) {
    const { evidence, remedies } = unreadyPods(owned, facts);
    findings.push(
      (remedies.length > 0 ? problem : waiting)(
        'Unready',
        `ready on ${numberReady} of ${count(desired, 'node')}`,
        {
          evidence: [...evidence, ...left],
          remedies,
        },
      ),
    );
  }
  if (updatedNumberScheduled < desired && numberReady >= desired) {
    const onDelete = set.spec?.updateStrategy?.type === 'OnDelete';
    findings.push(
      waiting(
        'Updating',
        `updated on ${updatedNumberScheduled} of ${count(desired, 'node')}${onDelete ? ': updateStrategy OnDelete replaces a pod when it is deleted' : ''}`,
      ),
    );
  }
  if (numberMisscheduled > 0) {
    findings.push(
      waiting(
        'Misscheduled',
        `on ${count(numberMisscheduled, 'node')} where it should not be; it goes from there when its pods end`,
      ),
    );
  }
  if (findings.length > 0) return findings;
  if (desired === 0) return [healthy('NoNodes', 'no node is meant for it', { evidence: left })];
  return [healthy('Ready', `ready on ${numberReady} of ${count(desired, 'node')}`, { evidence: left })];
}

/** Nodes without its pod, and what keeps it off them. */
function leftOut(set: DaemonSet, owned: readonly Pod[], facts: Facts): Evidence[] {
  const template = { spec: set.spec?.template?.spec, metadata: {} } as Pod;
  const matches = requiredNodeMatcher(template);
  const tolerations = [...(template.spec?.tolerations ?? []), ...daemonTolerations];
  const covered = new Set(owned.map(pod => pod.spec?.nodeName));
  const why = (node: Node): string => {
    const name = node.metadata.name!;
    if (matches && !matches({ name, labels: node.metadata.labels ?? {} }))
      return 'its node selector or affinity does not match';
    const taint = untoleratedTaint(node.spec?.taints ?? [], tolerations);
    return taint ? `taint ${taintText(taint)} is not tolerated` : '';
  };
  const reasons = Map.groupBy(
    facts.all(nodes).filter(node => !covered.has(node.metadata.name)),
    why,
  );
  return [...reasons]
    .filter(([reason]) => reason !== '')
    .map(([reason, out]) => ({
      text: `Not on ${count(out.length, 'node')} (${listed(out.map(node => node.metadata.name!))}): ${reason}`,
      about: out.map(referenceTo),
    }));
}

export const daemonSetExplainer = { ref: daemonSets, gather: gatherDaemonSet, findings: findingsOf };
