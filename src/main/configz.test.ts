import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from '#scheduler/config/load.ts';
import { controllerManagerConfigz, schedulerConfigz } from './configz.ts';

const rate = { qps: 50, burst: 100 };
const connection = {
  Kubeconfig: '',
  AcceptContentTypes: '',
  ContentType: 'application/vnd.kubernetes.protobuf',
  QPS: 50,
  Burst: 100,
};
const election = {
  LeaderElect: true,
  LeaseDuration: '15s',
  RenewDeadline: '10s',
  RetryPeriod: '2s',
  ResourceLock: 'leases',
  ResourceName: 'kube-scheduler',
  ResourceNamespace: 'kube-system',
};

test('the scheduler shows its configuration as Go writes it, with what flags changed', () => {
  const { complete, leaderElection } = loadConfiguration();
  const inForce = { election: { ...leaderElection, retryPeriodMs: 500 }, rate };
  const { componentconfig } = schedulerConfigz(complete, inForce);
  const { Profiles, ...rest } = componentconfig as { Profiles: Record<string, never>[] };
  assert.deepEqual(rest, {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    Parallelism: 16,
    LeaderElection: { ...election, RetryPeriod: '500ms' },
    ClientConnection: connection,
    EnableProfiling: true,
    EnableContentionProfiling: true,
    PercentageOfNodesToScore: 0,
    PodInitialBackoffSeconds: 1,
    PodMaxBackoffSeconds: 10,
    Extenders: null,
    DelayCacheUntilActive: false,
  });
  const [profile] = Profiles;
  assert.equal(profile!.SchedulerName, 'default-scheduler');
  const { MultiPoint, Filter } = profile!.Plugins! as Record<string, { Enabled: object[] | null }>;
  assert.deepEqual(Filter, { Enabled: null, Disabled: null });
  assert.deepEqual(MultiPoint!.Enabled![0], { Name: 'SchedulingGates', Weight: 0 });
  const args = profile!.PluginConfig! as { Name: string; Args: object }[];
  assert.deepEqual(args.find(({ Name }) => Name === 'NodeResourcesFit')!.Args, {
    ScoringStrategy: {
      Type: 'LeastAllocated',
      Resources: [
        { Name: 'cpu', Weight: 1 },
        { Name: 'memory', Weight: 1 },
      ],
    },
  });
});

test('what is an API’s own type keeps its names', () => {
  const { complete, leaderElection } = loadConfiguration(`
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- pluginConfig:
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway }]
extenders:
- { urlPrefix: http://there, filterVerb: filter, tlsConfig: { caFile: f }, enableHTTPS: true }
`);
  const { componentconfig } = schedulerConfigz(complete, { election: leaderElection, rate });
  const { Profiles, Extenders } = componentconfig as {
    Profiles: { PluginConfig: object[] }[];
    Extenders: object[];
  };
  assert.deepEqual(Profiles[0]!.PluginConfig[0], {
    Name: 'PodTopologySpread',
    Args: {
      DefaultingType: 'List',
      DefaultConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
    },
  });
  const { URLPrefix, TLSConfig, HTTPTimeout, EnableHTTPS } = Extenders[0] as Record<string, unknown>;
  assert.deepEqual(
    [URLPrefix, TLSConfig, HTTPTimeout, EnableHTTPS],
    ['http://there', { CAFile: 'f' }, '5s', true],
  );
});

test('the controllers’ manager shows which controllers it runs, and as what it leads', () => {
  const { leaderElection } = loadConfiguration();
  assert.deepEqual(controllerManagerConfigz(['*'], { election: leaderElection, rate }), {
    'kubecontrollermanager.config.k8s.io': {
      Generic: {
        LeaderElection: election,
        ClientConnection: { ...connection, ContentType: '' },
        Controllers: ['*'],
      },
    },
  });
});
