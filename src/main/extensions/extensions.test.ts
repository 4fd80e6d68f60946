import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  clusterRoles,
  componentStatuses,
  configMaps,
  events,
  namespaces,
  pods,
  roles,
  secrets,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Log } from '#base/log.ts';
import type { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { allowing } from '#client/permission.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import type { Rejection } from '#scheduler/framework/plugin.ts';
import { defaultProfile } from '#scheduler/profile.ts';
import { type StartClusterOptions, startCluster } from '../embedded.ts';
import { createVirtualClock } from '../virtual-time.ts';
import { grant } from './account.ts';
import type { Crashes, OnCrash } from './crashes.ts';
import { Extensions } from './extensions.ts';
import { defineSchedulerPlugin } from './scheduler-plugin.ts';

interface Line {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

function recordingLog(lines: Line[]): Log {
  const write = (message: string, fields: Record<string, unknown> = {}) =>
    void lines.push({ message, fields });
  const log: Log = { debug: () => {}, info: () => {}, warn: write, error: write, with: () => log };
  return log;
}

async function start(t: TestContext, options: StartClusterOptions) {
  const clock = createVirtualClock();
  const lines: Line[] = [];
  const cluster = await startCluster({ clock, seed: 3, nodes: 0, log: recordingLog(lines), ...options });
  t.after(() => cluster.stop());
  const until = async (what: string, condition: () => Promise<boolean> | boolean) =>
    assert.ok(await clock.advanceUntil(async () => condition(), 600_000), `not within ten minutes: ${what}`);
  return { cluster, client: cluster.client, clock, lines, until };
}

const copyName = (name: string) => `${name}-copy`;

/** Copies each ConfigMap of 'default' with the annotation copy=yes into a Secret. */
const copier = (rbac: Parameters<typeof allowing>[1]) =>
  defineController({
    name: 'copier',
    rbac: [allowing(secrets, rbac, { namespace: 'default' })],
    setup: ({ client, informer, events: recorder }) => {
      const maps = informer(configMaps, { namespace: 'default' });
      return {
        for: configMaps,
        reconcile: async key => {
          const map = maps.get(key);
          if (map?.metadata.annotations?.copy !== 'yes') return;
          await client.create(secrets, {
            metadata: { namespace: 'default', name: copyName(map.metadata.name!) },
          });
          recorder.event(map, 'Normal', 'Copied', 'copied');
        },
      };
    },
  });

const copied = (client: Client, name: string) => async () =>
  (await client.list(secrets, 'default')).items.some(({ metadata }) => metadata.name === copyName(name));

function createMap(client: Client, name: string) {
  return client.create(configMaps, {
    metadata: { namespace: 'default', name, annotations: { copy: 'yes' } },
  });
}

test('a controller works under its own account, with what it declares and what it is made of', async t => {
  const { client, until } = await start(t, { extensions: [copier(['create'])] });
  await createMap(client, 'a');
  await until('the copy', copied(client, 'a'));
  await until('its event', async () => {
    const { items } = await client.list(events, 'default');
    return items.some(
      ({ reason, source }) => reason === 'Copied' && source?.component === 'copier-controller',
    );
  });
  const secret = await client.get(secrets, 'default', copyName('a'));
  assert.equal(secret.metadata.managedFields?.[0]?.manager, 'copier');
  const account = await client.get(serviceAccounts, 'coxswain-extensions', 'copier');
  assert.deepEqual(account.metadata.labels, { 'coxswain.dev/extension': 'copier' });
  const everywhere = await client.get(clusterRoles, '', 'coxswain:extension:copier');
  assert.deepEqual(everywhere.rules, [
    { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['configmaps'] },
    { verbs: ['get', 'update', 'patch'], apiGroups: [''], resources: ['configmaps/status'] },
    { verbs: ['update'], apiGroups: [''], resources: ['configmaps/finalizers'] },
    { verbs: ['create', 'patch'], apiGroups: [''], resources: ['events'] },
  ]);
  const here = await client.get(roles, 'default', 'coxswain:extension:copier');
  assert.deepEqual(here.rules, [
    { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['configmaps'] },
    { verbs: ['create'], apiGroups: [''], resources: ['secrets'] },
  ]);
});

test('what it may not do fails, is told with the missing rule, and shows in its component status', async t => {
  const { client, until, lines } = await start(t, { extensions: [copier(['get'])] });
  const component = () => client.get(componentStatuses, '', 'extension:copier');
  await until('it works', async () => (await component()).conditions?.[0]?.status === 'True');
  await createMap(client, 'b');
  await until('a failure', async () => (await component()).conditions?.[0]?.status === 'False');
  assert.match(
    (await component()).conditions![0]!.error!,
    /^default\/b fails: secrets is forbidden: User "system:serviceaccount:coxswain-extensions:copier" cannot create resource "secrets"/,
  );
  const hints = lines.filter(({ message }) => message.includes('its rbac lacks'));
  assert.deepEqual(
    hints.map(({ message }) => message),
    [
      "extension copier may not create secrets in namespace default: its rbac lacks { apiGroups: [''], resources: ['secrets'], verbs: ['create'] }",
    ],
  );
});

test('permissions that are declared no more are taken away; so are accounts of extensions that are gone', async t => {
  const { cluster, client } = await start(t, { extensions: [copier(['create'])] });
  await grant(client, 'copier', [allowing(configMaps, ['get'])]);
  assert.deepEqual((await client.get(clusterRoles, '', 'coxswain:extension:copier')).rules, [
    { verbs: ['get'], apiGroups: [''], resources: ['configmaps'] },
  ]);
  await assert.rejects(client.get(roles, 'default', 'coxswain:extension:copier'), { code: 404 });

  const log = recordingLog([]);
  const random = { next: () => 0 };
  await using none = new Extensions({ extensions: [], clock: cluster.clock, random, log });
  const { controlPlane } = cluster;
  const { authorizer } = controlPlane.server.security;
  await none.prepare({ client, clientOf: (name, user) => controlPlane.clientOf(name, user), authorizer });
  await assert.rejects(client.get(serviceAccounts, 'coxswain-extensions', 'copier'), { code: 404 });
  await assert.rejects(client.get(clusterRoles, '', 'coxswain:extension:copier'), { code: 404 });
});

test('a controller whose set-up throws, or a name that two have, refuses the start', async () => {
  const broken = defineController({
    name: 'broken',
    setup: () => {
      throw new Error('no settings');
    },
  });
  const begin = (...extensions: StartClusterOptions['extensions'] & object) =>
    startCluster({ clock: createVirtualClock(), seed: 1, nodes: 0, extensions });
  await assert.rejects(begin(broken), { message: 'extension broken does not start: no settings' });
  await assert.rejects(begin(broken, broken), { message: 'two extensions are called "broken"' });
  await assert.rejects(begin(defineController({ ...broken, name: 'No_Name' })), {
    message: /^extensions\[0\] has the name "No_Name": use up to 63 lower-case letters/,
  });
  await assert.rejects(begin(defineSchedulerPlugin({ name: 'NodeName' })), {
    message: 'extension NodeName has the name of a plugin that there is already',
  });
  const sites = { group: 'example.com', version: 'v1', resource: 'sites', kind: 'Site', namespaced: true };
  const blind = [
    defineSchedulerPlugin({ name: 'Blind', watches: [sites] }),
    defineSchedulerPlugin({
      name: 'Blind',
      setup: ({ lister }) => {
        lister(sites);
        return {};
      },
    }),
  ] as const;
  const message = 'extension Blind does not start: sites.example.com is not served in version v1';
  await assert.rejects(begin(blind[0]), { message });
  await assert.rejects(begin(blind[1]), { message });
  await assert.rejects(begin({ name: 'thing' } as never), {
    message:
      'extensions[0] is not what defineController, defineAdmissionRule or defineSchedulerPlugin answers',
  });
});

/** Keeps what watches each extension, so that a test can have it crash. */
class ScriptedCrashes implements Crashes {
  readonly crash: OnCrash[] = [];
  watch<T>(onCrash: OnCrash, work: () => T): T {
    this.crash.push(onCrash);
    return work();
  }
  leave<T>(work: () => T): T {
    return work();
  }
}

test('a controller that crashes is stopped, told of, and started again after a back-off', async t => {
  const { cluster, client, clock, lines } = await start(t, {});
  const lives: { readonly signal: AbortSignal }[] = [];
  const fragile = defineController({
    name: 'fragile',
    setup: ({ signal }) => {
      lives.push({ signal });
      return { for: configMaps, reconcile: async () => {} };
    },
  });
  const crashes = new ScriptedCrashes();
  const log = recordingLog(lines);
  const random = { next: () => 0 };
  await using extensions = new Extensions({ extensions: [fragile], crashes, clock, random, log });
  const { controlPlane } = cluster;
  const { authorizer } = controlPlane.server.security;
  await extensions.prepare({
    client,
    clientOf: (name, user) => controlPlane.clientOf(name, user),
    authorizer,
  });
  await extensions.start();
  await clock.advance(0);
  assert.equal(extensions.problems.get('fragile'), undefined);

  for (const [n, waitMs] of [10_000, 20_000].entries()) {
    crashes.crash.at(-1)!(new Error('out of luck'));
    await clock.advance(0);
    assert.ok(lives[n]!.signal.aborted);
    assert.equal(
      extensions.problems.get('fragile'),
      `crashed, starts again within ${waitMs / 1000} s: out of luck`,
    );
    await clock.advance(waitMs - 1);
    assert.equal(lives.length, n + 1);
    await clock.advance(1);
    assert.equal(lives.length, n + 2);
    assert.equal(extensions.problems.get('fragile'), undefined);
  }
  assert.equal(lines.filter(({ message }) => message === 'the extension crashed').length, 2);
});

const podSpec = { containers: [{ name: 'main', image: 'app:1' }] };

async function scheduled(
  client: Client,
  clock: VirtualClock,
  name: string,
  schedulerName = 'default-scheduler',
) {
  // All nodes are there, and seen.
  await clock.advance(2_000);
  const metadata = { namespace: 'default', name };
  const ready = () =>
    client.create(pods, { metadata, spec: { ...podSpec, schedulerName } }).then(
      () => true,
      error => {
        // The account of the namespace is still to be made.
        if (hasReason(error, 'Forbidden')) return false;
        throw error;
      },
    );
  assert.ok(await clock.advanceUntil(ready, 60_000));
  await clock.advance(2_000);
  return (await client.get(pods, 'default', name)).spec?.nodeName;
}

test('a scheduler plugin filters and scores beside the built-in ones', async t => {
  const bound: string[] = [];
  const plugin = defineSchedulerPlugin({
    name: 'LastButTwo',
    weight: 1_000,
    preFilter: () => ({
      test: node =>
        node.name === 'hollow-3'
          ? { plugin: 'LastButTwo', code: 'Unschedulable', reasons: ['node(s) were last'] }
          : undefined,
    }),
    preScore: () => ({ score: node => (node.name === 'hollow-2' ? 1e9 : -1e9) }),
    bind: async ({ key }, nodeName) => {
      bound.push(`${key} ${nodeName}`);
      return false;
    },
  });
  const { client, clock } = await start(t, { nodes: 4, extensions: [plugin] });
  assert.equal(await scheduled(client, clock, 'a'), 'hollow-2');
  assert.deepEqual(bound, ['default/a hollow-2']);
});

test('a scheduler plugin runs in the profiles that name it, and is told its arguments', async t => {
  const told: unknown[] = [];
  const plugin = defineSchedulerPlugin({
    name: 'Refusing',
    setup: ({ args }) => {
      told.push(args);
      return {
        preFilter: () => ({ plugin: 'Refusing', code: 'UnschedulableAndUnresolvable', reasons: ['never'] }),
      };
    },
  });
  const strict = { ...defaultProfile, schedulerName: 'strict', args: { Refusing: { a: 1 } } };
  const profiles = [defaultProfile, { ...strict, plugins: [...defaultProfile.plugins, 'Refusing'] }];
  const { client, clock } = await start(t, { extensions: [plugin], nodes: 1, scheduler: { profiles } });
  assert.equal(await scheduled(client, clock, 'a'), 'hollow-0');
  assert.equal(await scheduled(client, clock, 'b', 'strict'), undefined);
  assert.deepEqual(told, [{ a: 1 }]);
});

test('a scheduler plugin that throws refuses its pod in so many words, and the scheduler goes on', async t => {
  let broken = true;
  const plugin = defineSchedulerPlugin({
    name: 'Fragile',
    setup: ({ lister }) => {
      const all = lister(namespaces);
      return {
        preFilter: ({ pod }) => ({
          test: () => {
            if (broken && pod.metadata.name === 'a')
              throw new Error(`no idea of ${all.get('default')?.kind}`);
            return undefined;
          },
        }),
        preScore: () => ({ score: () => Number.NaN }),
      };
    },
  });
  const { client, clock, until, lines } = await start(t, { nodes: 2, extensions: [plugin] });
  assert.equal(await scheduled(client, clock, 'a'), undefined);
  const { status } = await client.get(pods, 'default', 'a');
  assert.equal(
    status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message,
    '0/2 nodes are available: 2 running "Fragile" Filter plugin: no idea of Namespace. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
  );
  assert.equal(lines.filter(({ message }) => message === 'a scheduler plugin failed').length, 1);
  assert.ok(await scheduled(client, clock, 'b'));
  broken = false;
  await client.patch(pods, 'default', 'a', 'merge', { metadata: { labels: { changed: 'yes' } } });
  await until(
    'a is placed',
    async () => (await client.get(pods, 'default', 'a')).spec?.nodeName !== undefined,
  );
});

test('a pod that a plugin has wait says where it is about to go until it is there', async t => {
  const no: Rejection = { plugin: 'Patient', code: 'Unschedulable', reasons: ['no'] };
  const waiting = new Map<string, (answer: Rejection | undefined) => void>();
  const plugin = defineSchedulerPlugin({
    name: 'Patient',
    permit: ({ pod: { metadata } }) => {
      const { name = '' } = metadata;
      if (waiting.has(name)) return no;
      return name.startsWith('wait') ? new Promise(resolve => waiting.set(name, resolve)) : undefined;
    },
  });
  const { cluster, client, clock } = await start(t, { nodes: 1, extensions: [plugin] });
  const where = async (name: string) => {
    const { spec, status } = await client.get(pods, 'default', name);
    return [status?.nominatedNodeName, spec?.nodeName];
  };
  const said = new Set<string | undefined>();
  using _watch = client.watch(
    pods,
    'default',
    {},
    { event: ({ object }) => void said.add((object as Pod).status?.nominatedNodeName), end() {} },
  );
  assert.equal(await scheduled(client, clock, 'at-once'), 'hollow-0');
  assert.deepEqual([...said], [undefined]);

  await scheduled(client, clock, 'wait-for-yes');
  await scheduled(client, clock, 'wait-for-no');
  assert.deepEqual(await where('wait-for-yes'), ['hollow-0', undefined]);
  assert.deepEqual(await where('wait-for-no'), ['hollow-0', undefined]);
  waiting.get('wait-for-yes')!(undefined);
  waiting.get('wait-for-no')!(no);
  await clock.advance(1_000);
  assert.deepEqual(await where('wait-for-yes'), [undefined, 'hollow-0']);
  assert.deepEqual(await where('wait-for-no'), [undefined, undefined]);

  await scheduled(client, clock, 'wait-for-ever');
  assert.deepEqual(await where('wait-for-ever'), ['hollow-0', undefined]);
  await cluster.stop();
});

test('a pod that a plugin has wait gives back what is reserved for it when it is deleted', async t => {
  const undone: string[] = [];
  const plugin = defineSchedulerPlugin({
    name: 'Patient',
    permit: () => new Promise(() => {}),
    unreserve: ({ pod }, nodeName) => void undone.push(`${pod.metadata.name} ${nodeName}`),
  });
  const { client, clock } = await start(t, { nodes: 1, extensions: [plugin] });
  await scheduled(client, clock, 'a');
  assert.deepEqual(undone, []);
  await client.delete(pods, 'default', 'a');
  await clock.advance(1_000);
  assert.deepEqual(undone, ['a hollow-0']);
  const { items } = await client.list(events, 'default');
  assert.deepEqual(
    items.filter(({ reason }) => reason === 'FailedScheduling'),
    [],
  );
});

test('a start that is refused leaves nothing running', async () => {
  const clock = createVirtualClock();
  const manifests = [{ apiVersion: 'v1', kind: 'Nothing', metadata: { name: 'x' } }];
  await assert.rejects(startCluster({ clock, nodes: 3, manifests }), /there is no kind Nothing in v1/);
  assert.equal(await clock.advanceUntil(async () => false, 3_600_000), false);
  assert.equal(clock.pending, 0);
});

test('manifests are there before extensions start, and one that is refused refuses the start', async t => {
  const manifests = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
  ];
  const { client } = await start(t, { manifests });
  assert.ok(await client.get(configMaps, 'team', 'a'));
  assert.ok(await client.get(configMaps, 'default', 'b'));
  const begin = (manifest: object) =>
    startCluster({ clock: createVirtualClock(), nodes: 0, manifests: [manifest as never] });
  await assert.rejects(begin({ apiVersion: 'example.com/v1', kind: 'Site', metadata: { name: 'x' } }), {
    message: 'manifest of Site x: there is no kind Site in example.com/v1',
  });
  await assert.rejects(
    begin({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'no' } }),
    {
      message: 'manifest of ConfigMap x: namespaces "no" not found',
    },
  );
});
