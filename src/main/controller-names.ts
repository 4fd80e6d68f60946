/** The names that `--controllers` takes: upstream's, its older ones, and which of our controllers each means. */
import { table } from '#base/members.ts';
import type { Controller } from '#runtime/controller.ts';

/** Controllers of ours whose names are not upstream's without '-controller'. */
const renamed = table<string>({
  csrapproving: 'certificatesigningrequest-approving-controller',
  csrcleaner: 'certificatesigningrequest-cleaner-controller',
  csrsigning: 'certificatesigningrequest-signing-controller',
  endpointslicemirroring: 'endpointslice-mirroring-controller',
  'pvc-protection': 'persistentvolumeclaim-protection-controller',
  'pv-protection': 'persistentvolume-protection-controller',
});

/** Upstream's older names. */
const aliases = table<string>({
  attachdetach: 'persistentvolume-attach-detach-controller',
  bootstrapsigner: 'bootstrap-signer-controller',
  'clusterrole-aggregation': 'clusterrole-aggregation-controller',
  cronjob: 'cronjob-controller',
  csrapproving: 'certificatesigningrequest-approving-controller',
  csrcleaner: 'certificatesigningrequest-cleaner-controller',
  csrsigning: 'certificatesigningrequest-signing-controller',
  daemonset: 'daemonset-controller',
  deployment: 'deployment-controller',
  disruption: 'disruption-controller',
  endpoint: 'endpoints-controller',
  endpointslice: 'endpointslice-controller',
  endpointslicemirroring: 'endpointslice-mirroring-controller',
  'ephemeral-volume': 'ephemeral-volume-controller',
  garbagecollector: 'garbage-collector-controller',
  horizontalpodautoscaling: 'horizontal-pod-autoscaler-controller',
  job: 'job-controller',
  'legacy-service-account-token-cleaner': 'legacy-serviceaccount-token-cleaner-controller',
  namespace: 'namespace-controller',
  nodeipam: 'node-ipam-controller',
  nodelifecycle: 'node-lifecycle-controller',
  'persistentvolume-binder': 'persistentvolume-binder-controller',
  'persistentvolume-expander': 'persistentvolume-expander-controller',
  podgc: 'pod-garbage-collector-controller',
  'pv-protection': 'persistentvolume-protection-controller',
  'pvc-protection': 'persistentvolumeclaim-protection-controller',
  replicaset: 'replicaset-controller',
  replicationcontroller: 'replicationcontroller-controller',
  'resource-claim-controller': 'resourceclaim-controller',
  resourcequota: 'resourcequota-controller',
  'root-ca-cert-publisher': 'root-ca-certificate-publisher-controller',
  serviceaccount: 'serviceaccount-controller',
  'serviceaccount-token': 'serviceaccount-token-controller',
  statefulset: 'statefulset-controller',
  'storage-version-gc': 'storageversion-garbage-collector-controller',
  tokencleaner: 'token-cleaner-controller',
  ttl: 'ttl-controller',
  'ttl-after-finished': 'ttl-after-finished-controller',
});

/** Those that have no older name. */
const others = [
  'device-taint-eviction-controller',
  'service-cidr-controller',
  'storage-version-migrator-controller',
  'taint-eviction-controller',
  'validatingadmissionpolicy-status-controller',
];

const disabledByDefault = ['bootstrap-signer-controller', 'token-cleaner-controller'];

/** What upstream calls a controller of ours. */
export function upstreamName({ name }: Pick<Controller, 'name'>): string {
  return renamed[name] ?? (name.endsWith('-controller') ? name : `${name}-controller`);
}

export interface ControllerSelection {
  readonly enabled: readonly Controller[];
  /** Asked for by name, and not there. */
  readonly missing: readonly string[];
}

/**
 * The controllers that a list enables: '*' is all that are on by default, 'name' is on, '-name' is off; of what is said of
 * one the first counts. Throws the name that means none.
 */
export function selectControllers(
  controllers: readonly Controller[],
  list: readonly string[],
): ControllerSelection {
  const ours = new Map(controllers.map(controller => [upstreamName(controller), controller]));
  const known = new Set([...Object.values(aliases), ...others, ...disabledByDefault, ...ours.keys()]);
  const words = list.map(word => {
    if (word === '*') return { name: '*', on: true };
    const on = !word.startsWith('-');
    const given = on ? word : word.slice(1);
    const name = aliases[given] ?? given;
    if (!known.has(name)) throw new UnknownControllerError(given);
    return { name, on };
  });
  const everything = words.some(({ name }) => name === '*');
  const isOn = (name: string) =>
    words.find(word => word.name === name)?.on ?? (everything && !disabledByDefault.includes(name));
  return {
    enabled: [...ours].filter(([name]) => isOn(name)).map(([, controller]) => controller),
    missing: words.filter(({ name, on }) => on && name !== '*' && !ours.has(name)).map(({ name }) => name),
  };
}

export class UnknownControllerError extends Error {
  override readonly name = 'UnknownControllerError';

  constructor(controller: string) {
    super(`"${controller}" is not in the list of known controllers`);
  }
}
