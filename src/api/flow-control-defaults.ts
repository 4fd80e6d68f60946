import type {
  FlowSchema,
  FlowSchemaSpec,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
  Subject,
} from './generated/types/flowcontrol.v1.ts';

/** Whether the server keeps the spec of a suggested object as it ships it. */
export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const metadataOf = (name: string) => ({ name, annotations: { [autoUpdateAnnotation]: 'true' } });

function level(name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration {
  return { apiVersion, kind: 'PriorityLevelConfiguration', metadata: metadataOf(name), spec };
}

function queued(name: string, shares: number, lendablePercent: number, queues: number, handSize: number) {
  return level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  });
}

/** Always there, whatever anybody writes. */
export const mandatoryLevels: readonly PriorityLevelConfiguration[] = [
  level('catch-all', {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  }),
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
];

const suggestedLevels = [
  queued('system', 30, 33, 64, 6),
  queued('node-high', 40, 25, 64, 6),
  queued('leader-election', 10, 0, 16, 4),
  queued('workload-high', 40, 50, 128, 6),
  queued('workload-low', 100, 90, 128, 6),
  queued('global-default', 20, 50, 128, 6),
];

const users = (...names: string[]): Subject[] => names.map(name => ({ kind: 'User', user: { name } }));
const groups = (...names: string[]): Subject[] => names.map(name => ({ kind: 'Group', group: { name } }));
const kubeSystemAccounts: Subject[] = [
  { kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: '*' } },
];
const everybody = groups('system:unauthenticated', 'system:authenticated');

function resources(
  verbs: string[],
  apiGroups: string[],
  names: string[],
  clusterScope: boolean,
): ResourcePolicyRule {
  return {
    verbs,
    apiGroups,
    resources: names,
    ...(clusterScope ? { clusterScope } : {}),
    namespaces: ['*'],
  };
}

const everything = {
  resourceRules: [resources(['*'], ['*'], ['*'], true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const leases = (...verbs: string[]) => resources(verbs, ['coordination.k8s.io'], ['leases'], false);

function schema(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  by: 'ByUser' | 'ByNamespace' | undefined,
  rule: NonNullable<FlowSchemaSpec['rules']>[number],
): FlowSchema {
  return {
    apiVersion,
    kind: 'FlowSchema',
    metadata: metadataOf(name),
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(by ? { distinguisherMethod: { type: by } } : {}),
      rules: [rule],
    },
  };
}

export const mandatorySchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, { subjects: groups('system:masters'), ...everything }),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', { subjects: everybody, ...everything }),
];

const suggestedSchemas: readonly FlowSchema[] = [
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...kubeSystemAccounts],
    resourceRules: [leases('get', 'create', 'update')],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [resources(['*'], [''], ['nodes', 'nodes/status'], true), leases('*')],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', { subjects: groups('system:nodes'), ...everything }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-controller-manager'),
    ...everything,
  }),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-scheduler'),
    ...everything,
  }),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', {
    subjects: kubeSystemAccounts,
    ...everything,
  }),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', {
    subjects: groups('system:serviceaccounts'),
    ...everything,
  }),
  schema('global-default', 'global-default', 9900, 'ByUser', { subjects: everybody, ...everything }),
];

const mandatoryNames = new Set(['exempt', 'catch-all']);

export function isMandatory(name: string): boolean {
  return mandatoryNames.has(name);
}

/** Every object that a server makes and keeps (KEP-1040: mandatory and suggested configuration). */
export const flowControlDefaults: readonly (FlowSchema | PriorityLevelConfiguration)[] = [
  ...mandatoryLevels,
  ...suggestedLevels,
  ...mandatorySchemas,
  ...suggestedSchemas,
];
