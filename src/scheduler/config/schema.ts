/** The schemas by which a configuration file is decoded. */
import { loadSchemas } from '#api/schemas.ts';
import type { FieldSchema, ObjectSchema, ScalarSchema, Schema } from '#machinery/schema.ts';
import { extensionPoints } from '../framework/points.ts';
import type { ConfigurablePlugin } from './types.ts';

/** A field that Go holds as a value (absent and zero are one) or behind a pointer. */
type Field = Omit<FieldSchema, 'name'>;

const value = (schema: Schema): Field => ({ schema, omitEmpty: true });
const pointer = (schema: Schema): Field => ({ schema, omitEmpty: true, pointer: true });

const text: ScalarSchema = { type: 'string' };
const flag: ScalarSchema = { type: 'boolean' };
const int32: ScalarSchema = { type: 'integer', format: 'int32' };
const int64: ScalarSchema = { type: 'integer', format: 'int64' };
const duration: ScalarSchema = { type: 'string', format: 'duration' };
const bytes: ScalarSchema = { type: 'string', format: 'byte' };

const listOf = (items: Schema): Field => value({ type: 'list', items });

function struct(name: string, fields: Readonly<Record<string, Field>>): ObjectSchema {
  return {
    type: 'object',
    name,
    native: true,
    fields: new Map(Object.entries(fields).map(([key, field]) => [key, { name: key, ...field }])),
  };
}

const typeMeta = { kind: value(text), apiVersion: value(text) };

const plugin = struct('Plugin', { name: value(text), weight: pointer(int32) });
const pluginSet = struct('PluginSet', { enabled: listOf(plugin), disabled: listOf(plugin) });
const plugins = struct(
  'Plugins',
  Object.fromEntries([...extensionPoints, 'multiPoint'].map(point => [point, pointer(pluginSet)])),
);

const profile = struct('KubeSchedulerProfile', {
  schedulerName: pointer(text),
  percentageOfNodesToScore: pointer(int32),
  plugins: pointer(plugins),
  pluginConfig: listOf(struct('PluginConfig', { name: value(text), args: value({ type: 'any' }) })),
});

const extender = struct('Extender', {
  urlPrefix: { schema: text },
  filterVerb: value(text),
  preemptVerb: value(text),
  prioritizeVerb: value(text),
  weight: value(int64),
  bindVerb: value(text),
  enableHTTPS: value(flag),
  tlsConfig: pointer(
    struct('ExtenderTLSConfig', {
      insecure: value(flag),
      serverName: value(text),
      certFile: value(text),
      keyFile: value(text),
      caFile: value(text),
      certData: value(bytes),
      keyData: value(bytes),
      caData: value(bytes),
    }),
  ),
  httpTimeout: pointer(duration),
  nodeCacheCapable: value(flag),
  managedResources: listOf(
    struct('ExtenderManagedResource', { name: value(text), ignoredByScheduler: value(flag) }),
  ),
  ignorable: value(flag),
});

export const configurationSchema = struct('KubeSchedulerConfiguration', {
  ...typeMeta,
  parallelism: pointer(int32),
  leaderElection: value(
    struct('LeaderElectionConfiguration', {
      leaderElect: pointer(flag),
      leaseDuration: pointer(duration),
      renewDeadline: pointer(duration),
      retryPeriod: pointer(duration),
      resourceLock: value(text),
      resourceName: value(text),
      resourceNamespace: value(text),
    }),
  ),
  clientConnection: value(
    struct('ClientConnectionConfiguration', {
      kubeconfig: value(text),
      acceptContentTypes: value(text),
      contentType: value(text),
      qps: value({ type: 'number', format: 'double' }),
      burst: value(int32),
    }),
  ),
  enableProfiling: pointer(flag),
  enableContentionProfiling: pointer(flag),
  percentageOfNodesToScore: pointer(int32),
  podInitialBackoffSeconds: pointer(int64),
  podMaxBackoffSeconds: pointer(int64),
  profiles: listOf(profile),
  extenders: listOf(extender),
  delayCacheUntilActive: value(flag),
});

/** The schemas of plugins' arguments, by the plugins' names. */
export function argumentSchemas(): Readonly<Record<ConfigurablePlugin, ObjectSchema>> {
  const core = loadSchemas();
  const coreType = (name: string) => core.schemaOf(`io.k8s.api.core.v1.${name}`)!;
  const resources = listOf(struct('ResourceSpec', { name: value(text), weight: value(int64) }));
  const shape = listOf(
    struct('UtilizationShapePoint', { utilization: { schema: int32 }, score: { schema: int32 } }),
  );
  const args = (name: string, fields: Readonly<Record<string, Field>>) =>
    struct(`${name}Args`, { ...typeMeta, ...fields });
  return {
    DefaultPreemption: args('DefaultPreemption', {
      minCandidateNodesPercentage: pointer(int32),
      minCandidateNodesAbsolute: pointer(int32),
    }),
    InterPodAffinity: args('InterPodAffinity', {
      hardPodAffinityWeight: pointer(int32),
      ignorePreferredTermsOfExistingPods: value(flag),
    }),
    NodeAffinity: args('NodeAffinity', { addedAffinity: pointer(coreType('NodeAffinity')) }),
    NodeResourcesBalancedAllocation: args('NodeResourcesBalancedAllocation', { resources }),
    NodeResourcesFit: args('NodeResourcesFit', {
      ignoredResources: listOf(text),
      ignoredResourceGroups: listOf(text),
      scoringStrategy: pointer(
        struct('ScoringStrategy', {
          type: value(text),
          resources,
          requestedToCapacityRatio: pointer(struct('RequestedToCapacityRatioParam', { shape })),
        }),
      ),
    }),
    PodTopologySpread: args('PodTopologySpread', {
      defaultConstraints: listOf(coreType('TopologySpreadConstraint')),
      defaultingType: value(text),
    }),
    VolumeBinding: args('VolumeBinding', { bindTimeoutSeconds: pointer(int64), shape }),
  };
}
