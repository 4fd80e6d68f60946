import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramework, defaultProfile } from '../profile.ts';
import { Scenario } from '../scenario.ts';
import { pluginContext } from '../testing.ts';
import { loadConfiguration } from './load.ts';

const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const load = (text: string) => loadConfiguration(head + text);

function refused(text: string, message: string | RegExp) {
  assert.throws(() => loadConfiguration(text), { name: 'ConfigError', message });
}

test('without a file, and with an empty one, it is the default scheduler', () => {
  for (const config of [loadConfiguration(), load('')]) {
    const [profile, ...others] = config.profiles;
    assert.equal(others.length, 0);
    assert.equal(profile!.schedulerName, 'default-scheduler');
    assert.deepEqual(profile!.plugins, defaultProfile.plugins);
    const weights = createFramework(defaultProfile, pluginContext());
    for (const name of defaultProfile.plugins)
      assert.equal(profile!.weights[name], weights.weightOf(name), name);
    assert.deepEqual(config.backoff, { initialMs: 1000, maxMs: 10_000 });
    assert.deepEqual(config.leaderElection, {
      leaderElect: true,
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      resourceName: 'kube-scheduler',
      resourceNamespace: 'kube-system',
    });
    createFramework(profile!, pluginContext());
  }
});

test('what decoding refuses, in upstream words', () => {
  refused('kind: KubeSchedulerConfiguration', /^Object 'apiVersion' is missing in/);
  refused('apiVersion: v1', /^Object 'Kind' is missing in/);
  refused(
    'apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration',
    'no kind "KubeSchedulerConfiguration" is registered for version "kubescheduler.config.k8s.io/v1beta3"',
  );
  refused(`${head}foo: 1\nparallelism: 4`, 'strict decoding error: unknown field "foo"');
  refused(
    `${head}profiles: [{plugins: {scores: {}}}]`,
    'strict decoding error: unknown field "profiles[0].plugins.scores"',
  );
  refused(
    `${head}parallelism: 4\nparallelism: 5`,
    /^strict decoding error: yaml: unmarshal errors:\n {2}line \d+: key "parallelism" already set in map$/,
  );
  refused(
    `${head}parallelism: many`,
    /cannot unmarshal string into Go struct field .*parallelism of type int32/,
  );
  refused(
    `${head}leaderElection: {leaseDuration: 15}`,
    'json: cannot unmarshal number into Go struct field LeaderElectionConfiguration.leaderElection.leaseDuration of type string',
  );
  refused(
    `${head}profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {ignored: [a]}}]}]`,
    'strict decoding error: decoding .profiles[0].pluginConfig[0]: strict decoding error: decoding args for plugin NodeResourcesFit: strict decoding error: unknown field "ignored"',
  );
  refused(
    `${head}profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {kind: NodeAffinityArgs}}]}]`,
    'args for plugin NodeResourcesFit were not of type NodeResourcesFitArgs.kubescheduler.config.k8s.io, got NodeAffinityArgs.kubescheduler.config.k8s.io',
  );
});

/** A profile's line, and what is said of it. */
const invalid: readonly (readonly [string, string])[] = [
  ['parallelism: 0', 'parallelism: Invalid value: 0: should be an integer value greater than zero'],
  [
    'percentageOfNodesToScore: 101',
    'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]',
  ],
  ['podInitialBackoffSeconds: 0', 'podInitialBackoffSeconds: Invalid value: 0: must be greater than 0'],
  [
    'podInitialBackoffSeconds: 20',
    'podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds',
  ],
  [
    'leaderElection: {leaseDuration: 5s}',
    'leaderElection.leaseDuration: Invalid value: "10s": must be greater than `RenewDeadline`',
  ],
  [
    'leaderElection: {resourceLock: endpoints}',
    'leaderElection.resourceLock: Invalid value: "endpoints": resourceLock value must be "leases"',
  ],
  ['clientConnection: {burst: -1}', 'clientConnection.burst: Invalid value: -1: must be non-negative'],
  [
    'profiles: [{schedulerName: a}, {schedulerName: a}]',
    'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
  ],
  [
    'profiles: [{}, {}]',
    '[profiles[0].schedulerName: Required value, profiles[1].schedulerName: Required value, profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"]',
  ],
  [
    'profiles: [{schedulerName: a}, {schedulerName: b, plugins: {queueSort: {enabled: [{name: X}]}}}]',
    'profiles[1].plugins.queueSort: Invalid value: {"enabled":[{"name":"X"}],"disabled":[]}: must be the same for all profiles',
  ],
  [
    'profiles: [{plugins: {filter: {enabled: [{name: EBSLimits}]}}}]',
    'profiles[0].plugins.filter.enabled[0]: Invalid value: "EBSLimits": was invalid in version "kubescheduler.config.k8s.io/v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")',
  ],
  [
    'extenders: [{urlPrefix: "http://x", prioritizeVerb: p}]',
    'extenders[0].weight: Invalid value: 0: must have a positive weight applied to it',
  ],
  [
    'extenders: [{urlPrefix: "http://x", bindVerb: b}, {urlPrefix: "http://y", bindVerb: b}]',
    'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
  ],
  [
    'extenders: [{urlPrefix: "http://x", managedResources: [{name: cpu}]}]',
    'extenders[0].managedResources[0].name: Invalid value: "cpu": is an invalid extended resource name',
  ],
];

const invalidArgs: readonly (readonly [string, string, string])[] = [
  [
    'DefaultPreemption',
    '{minCandidateNodesPercentage: 101}',
    'minCandidateNodesPercentage: Invalid value: 101: not in valid range [0, 100]',
  ],
  [
    'InterPodAffinity',
    '{hardPodAffinityWeight: 101}',
    'hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]',
  ],
  [
    'NodeAffinity',
    '{addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}',
    'addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
  ],
  [
    'NodeResourcesBalancedAllocation',
    '{resources: [{name: cpu, weight: 2}]}',
    'resources[0].weight: Invalid value: 2: must be 1',
  ],
  [
    'NodeResourcesFit',
    '{scoringStrategy: {type: Random}}',
    'scoringStrategy.type: Unsupported value: "Random": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
  ],
  [
    'NodeResourcesFit',
    '{scoringStrategy: {type: RequestedToCapacityRatio}}',
    'scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is RequestedToCapacityRatio',
  ],
  [
    'NodeResourcesFit',
    '{scoringStrategy: {type: LeastAllocated, requestedToCapacityRatio: {shape: [{utilization: 0, score: 11}]}}}',
    'scoringStrategy.shape[0].score: Invalid value: 11: not in valid range [0, 10]',
  ],
  [
    'NodeResourcesFit',
    '{scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 101}]}}',
    'scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]',
  ],
  [
    'NodeResourcesFit',
    '{ignoredResourceGroups: [a/b]}',
    `ignoredResourceGroups[0]: Invalid value: "a/b": resource group name can't contain '/'`,
  ],
  [
    'PodTopologySpread',
    '{defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}',
    'defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
  ],
  [
    'PodTopologySpread',
    '{defaultingType: List, defaultConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}',
    'defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf)',
  ],
  [
    'VolumeBinding',
    '{bindTimeoutSeconds: -1}',
    'bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value',
  ],
];

test('what validation refuses, in upstream words', () => {
  for (const [text, message] of invalid) refused(head + text, message);
  for (const [name, args, message] of invalidArgs) {
    refused(
      `${head}profiles: [{pluginConfig: [{name: ${name}, args: ${args}}]}]`,
      `profiles[0].pluginConfig[0].args.${message}`,
    );
  }
});

test('plugins of a profile: disabled, weighed anew, moved and added', () => {
  const { profiles } = load(`
percentageOfNodesToScore: 30
profiles:
  - schedulerName: packer
    percentageOfNodesToScore: 50
    plugins:
      multiPoint:
        enabled: [{name: NodeAffinity, weight: 7}, {name: Mine, weight: 5}]
        disabled: [{name: ImageLocality}]
      score:
        enabled: [{name: PodTopologySpread, weight: 9}]
        disabled: [{name: NodeResourcesFit}]
    pluginConfig: [{name: Mine, args: {any: thing}}]
  - schedulerName: bare
    plugins:
      multiPoint: {disabled: [{name: '*'}], enabled: [{name: PrioritySort}, {name: NodeName}, {name: DefaultBinder}]}
`);
  const mine = { Mine: () => ({ name: 'Mine', preScore: () => ({ score: () => 1 }) }) };
  const [packer, bare] = profiles.map(profile => createFramework(profile, pluginContext(), mine));
  const score = packer!.at('score').map(({ name }) => [name, packer!.weightOf(name)]);
  assert.deepEqual(score, [
    ['PodTopologySpread', 9],
    ['TaintToleration', 3],
    ['NodeAffinity', 7],
    ['InterPodAffinity', 2],
    ['DynamicResources', 1],
    ['NodeResourcesBalancedAllocation', 1],
    ['Mine', 5],
  ]);
  assert.ok(packer!.at('filter').some(({ name }) => name === 'NodeResourcesFit'));
  assert.equal(packer!.percentageOfNodesToScore, 50);
  assert.deepEqual(profiles[0]!.args!.Mine, { any: 'thing' });
  assert.deepEqual(
    bare!.plugins.map(({ name }) => name),
    ['PrioritySort', 'NodeName', 'DefaultBinder'],
  );
  assert.equal(bare!.percentageOfNodesToScore, 30);
});

test('arguments reach the plugins', () => {
  const { profiles } = load(`
profiles:
  - pluginConfig:
      - name: NodeResourcesFit
        args:
          ignoredResourceGroups: [example.com]
          scoringStrategy:
            type: RequestedToCapacityRatio
            resources: [{name: cpu}]
            requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]}
      - name: NodeAffinity
        args:
          addedAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
              nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [a]}]}]
`);
  const scenario = new Scenario(profiles[0]);
  for (const line of ['node empty labels=pool:a', 'node half labels=pool:a', 'node other'])
    scenario.run(line);
  for (const line of ['pod used on=half cpu=2', 'pod new cpu=1', 'pod far names=other']) scenario.run(line);
  const answers = scenario.run('schedule new far');
  assert.equal(answers[0], 'new: half');
  assert.match(answers[1]!, /1 node\(s\) didn't match scheduler-enforced node affinity/);
});

test('listed constraints spread pods that a Service has, but for those with their own', () => {
  const { profiles } = load(`
profiles:
  - pluginConfig:
      - name: PodTopologySpread
        args:
          defaultingType: List
          defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]
`);
  const scenario = new Scenario(profiles[0]);
  for (const line of ['node a labels=zone:a', 'node b labels=zone:b cordoned', 'service web app:web'])
    scenario.run(line);
  for (const name of ['w1', 'w2']) scenario.run(`pod ${name} labels=app:web`);
  for (const name of ['x1', 'x2']) scenario.run(`pod ${name} labels=app:x`);
  const answers = scenario.run('schedule w1 w2 x1 x2');
  assert.equal(answers[0], 'w1: a');
  assert.match(answers[1]!, /^w2: .*1 node\(s\) didn't match pod topology spread constraints/);
  assert.deepEqual(answers.slice(2), ['x1: a', 'x2: a']);
});
