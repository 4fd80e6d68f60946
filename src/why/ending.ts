/** Why something that was deleted is still there: grace, finalizers, dependents, a kubelet that does not answer. */
import { table } from '#base/members.ts';
import { nodes } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type Evidence, type Finding, named, problem, referenceTo, waiting } from './explanation.ts';
import { eventTime, type Facts } from './facts.ts';
import { ago, count, lasting, listed, oneLine, seconds } from './words.ts';

/** Who takes a finalizer away, and when. */
const finalizers = table<readonly [who: string, when: string]>({
  'batch.kubernetes.io/job-tracking': ['the job controller', 'once it has counted the pod'],
  'customresourcecleanup.apiextensions.k8s.io': ['the API server', 'once all its custom resources are gone'],
  'external-attacher/csi': ['the CSI attacher', 'once the volume is detached'],
  'external-provisioner.volume.kubernetes.io/finalizer': [
    "its class's provisioner",
    'once the volume is deleted',
  ],
  foregroundDeletion: ['the garbage collector', 'once the dependents that block it are gone'],
  kubernetes: ['the namespace controller', 'once nothing is left in it'],
  'kubernetes.io/pv-protection': ['the volume protection controller', 'once no claim is bound to it'],
  'kubernetes.io/pvc-protection': ['the claim protection controller', 'once no pod uses it'],
  'networking.k8s.io/service-cidr-finalizer': [
    'the service CIDR controller',
    'once no address of it is in use',
  ],
  orphan: ['the garbage collector', 'once its dependents are let go'],
  'resource.kubernetes.io/delete-protection': ['the resource claim controller', 'once no pod uses it'],
  'service.kubernetes.io/load-balancer-cleanup': ['the cloud controller', 'once the load balancer is gone'],
});

export function endingFindings(object: KubeObject, facts: Facts): Finding[] {
  const { deletionTimestamp } = object.metadata;
  if (!deletionTimestamp) return [];
  const left = finalizersOf(object);
  const grace = object.kind === 'Pod' ? graceFinding(object as Pod, facts) : undefined;
  if (grace) return [grace];
  if (left.length === 0) {
    return [
      waiting(
        'Terminating',
        `terminating for ${lasting(deletionTimestamp, facts.nowMs)}, with nothing that holds it`,
      ),
    ];
  }
  const blockers = blockersOf(object, facts);
  return [
    problem(
      'Finalizers',
      `terminating for ${lasting(deletionTimestamp, facts.nowMs)}: held by ${listed(left.map(name => `finalizer ${name}`))}`,
      {
        evidence: [
          ...left.map(name => ({
            text: `${name} is taken away by ${finalizers[name]?.join(', ') ?? ownerOf(object, name)}`,
          })),
          ...blockers,
        ],
        remedies: left.map(name => remedyOf(object, name)),
      },
    ),
  ];
}

function finalizersOf(object: KubeObject): readonly string[] {
  const ofSpec =
    object.kind === 'Namespace'
      ? ((object as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? [])
      : [];
  return [...ofSpec, ...(object.metadata.finalizers ?? [])];
}

/** Who put a finalizer on that is not Kubernetes' own, by the object's field managers. */
function ownerOf(object: KubeObject, name: string): string {
  const manager = object.metadata.managedFields?.find(entry => {
    const metadata = entry.fieldsV1?.['f:metadata'] as Record<string, Record<string, unknown>> | undefined;
    return metadata?.['f:finalizers']?.[`v:${JSON.stringify(name)}`] !== undefined;
  });
  return manager ? `whoever set it: field manager ${manager.manager}` : 'the controller that set it';
}

function remedyOf(object: KubeObject, name: string): string {
  if (name === 'kubernetes.io/pvc-protection') return 'delete the pods that use it';
  if (name === 'kubernetes.io/pv-protection') return 'delete the claim that is bound to it';
  if (name === 'customresourcecleanup.apiextensions.k8s.io')
    return `delete what is left, or mend what holds it: kubectl get ${object.metadata.name} -A`;
  if (name === 'foregroundDeletion') return 'delete the dependents that are left, or mend what holds them';
  if (name === 'kubernetes') return 'delete what is left in it, or mend what holds that';
  if (finalizers[name]) return `see that ${finalizers[name][0]} runs`;
  const { kind } = object;
  return `start the controller that owns ${name}; only if it is gone for good: kubectl patch ${kind.toLowerCase()} ${object.metadata.name}${object.metadata.namespace ? ` -n ${object.metadata.namespace}` : ''} --type merge -p '{"metadata":{"finalizers":null}}'`;
}

/** A pod's deletionTimestamp is when its grace period ends. */
function graceFinding(pod: Pod, facts: Facts): Finding | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const running = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ].filter(({ state }) => state?.running);
  const names = listed(running.map(({ name }) => name));
  const leftMs = Date.parse(deletionTimestamp!) - facts.nowMs;
  if (leftMs > 0 && running.length > 0) {
    return waiting(
      'Terminating',
      `terminating: ${seconds(leftMs)} left of its grace period of ${deletionGracePeriodSeconds}s; still running: ${names}`,
      {
        remedies: [
          `wait, or have it killed: kubectl delete pod ${pod.metadata.name} -n ${pod.metadata.namespace} --grace-period=1`,
        ],
      },
    );
  }
  const node = facts.get(nodes, '', pod.spec?.nodeName ?? '');
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  const unreachable = pod.spec?.nodeName && (!node || ready?.status !== 'True');
  if (unreachable && !facts.unread.some(text => text.startsWith('nodes'))) {
    return problem(
      'NodeUnreachable',
      `terminating for ${lasting(deletionTimestamp, facts.nowMs)}: its node ${pod.spec?.nodeName} ${node ? 'is not Ready' : 'does not exist'}, so nobody confirms that it has ended`,
      {
        evidence: [oneLine(ready?.message)],
        remedies: [
          'mend the node',
          `if the machine is surely off: kubectl delete pod ${pod.metadata.name} -n ${pod.metadata.namespace} --force`,
        ],
      },
    );
  }
  if (running.length === 0) return undefined;
  const killing = facts.eventsOf(pod, 'FailedKillPod', 'Killing').at(-1);
  return problem(
    'NotKilled',
    `terminating: its grace period ended ${ago(deletionTimestamp, facts.nowMs)}, and ${names} still runs`,
    {
      evidence: [
        killing && `${killing.reason} ${ago(eventTime(killing), facts.nowMs)}: ${oneLine(killing.message)}`,
      ],
      remedies: [`look at the kubelet of ${pod.spec?.nodeName}`],
    },
  );
}

const blockersShownMax = 6;

/** Dependents of which deletion in the foreground waits for the end. */
function blockersOf(object: KubeObject, facts: Facts): Evidence[] {
  if (!object.metadata.finalizers?.includes('foregroundDeletion')) return [];
  const left = facts
    .inNamespace(object.metadata.namespace ?? '')
    .filter(one =>
      one.metadata.ownerReferences?.some(
        owner => owner.uid === object.metadata.uid && owner.blockOwnerDeletion,
      ),
    );
  if (left.length === 0) return [];
  return [
    {
      text: `${count(left.length, 'dependent')} left: ${listed(
        left.map(one => named(referenceTo(one))),
        blockersShownMax,
      )}`,
      about: left.map(referenceTo),
      evidence: left
        .slice(0, blockersShownMax)
        .flatMap(one =>
          finalizersOf(one).map(name => ({ text: `${named(referenceTo(one))} has finalizer ${name}` })),
        ),
    },
  ];
}
