import assert from 'node:assert/strict';
import type { V1KeyToPath, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import { agnhost, containerRow, script, shell, shellSays, writes } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';
import { pod, runningPod } from '../workloads.ts';

interface Files {
  readonly items?: V1KeyToPath[];
  readonly defaultMode?: number;
  readonly optional?: boolean;
}

type Data = Readonly<Record<string, string>>;

/** A kind of object whose keys a volume shows as files, alone or projected. */
interface Source {
  /** As the requirements call it. */
  readonly title: string;
  readonly write: (t: Trial, name: string, data: Data, namespace?: string) => Promise<unknown>;
  readonly remove: (t: Trial, name: string) => Promise<unknown>;
  readonly volume: (name: string, object: string, files?: Files) => V1Volume;
}

const encoded = (data: Data) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );

const configMaps = {
  write: (t: Trial, name: string, data: Data, namespace = t.namespace) =>
    createOrReplace(t.api.configMaps.in(namespace), { metadata: { name }, data: { ...data } }),
  remove: (t: Trial, name: string) => t.api.configMaps.delete(name),
};

const secrets = {
  write: (t: Trial, name: string, data: Data, namespace = t.namespace) =>
    createOrReplace(t.api.secrets.in(namespace), { metadata: { name }, data: encoded(data) }),
  remove: (t: Trial, name: string) => t.api.secrets.delete(name),
};

async function createOrReplace<T extends { metadata?: { name?: string } }>(
  resource: { get(name: string): Promise<T>; replace(body: T): Promise<T>; create(body: T): Promise<T> },
  body: T,
): Promise<T> {
  const found = await resource.get(body.metadata!.name!).catch(ifNotFound);
  return found ? resource.replace(body) : resource.create(body);
}

const configMap: Source = {
  title: 'ConfigMap',
  ...configMaps,
  volume: (name, object, files = {}) => ({ name, configMap: { name: object, ...files } }),
};

const secret: Source = {
  title: 'Secrets',
  ...secrets,
  volume: (name, object, files = {}) => ({ name, secret: { secretName: object, ...files } }),
};

const projectedConfigMap: Source = {
  title: 'Projected configMap',
  ...configMaps,
  volume: (name, object, { defaultMode, ...files } = {}) => ({
    name,
    projected: {
      sources: [{ configMap: { name: object, ...files } }],
      ...(defaultMode ? { defaultMode } : {}),
    },
  }),
};

const projectedSecret: Source = {
  title: 'Projected secret',
  ...secrets,
  volume: (name, object, { defaultMode, ...files } = {}) => ({
    name,
    projected: { sources: [{ secret: { name: object, ...files } }], ...(defaultMode ? { defaultMode } : {}) },
  }),
};

interface Variant {
  readonly suffix: string;
  readonly files?: Files;
  readonly path?: string;
  readonly mode?: string;
  readonly security?: V1PodSpec['securityContext'];
}

const mapped = 'path/to/data-2';
const mappings: Files = { items: [{ key: 'data-2', path: mapped }] };
const itemMode: Files = { items: [{ key: 'data-2', path: mapped, mode: 0o400 }] };
const user = { runAsUser: 1000 };

const common: readonly Variant[] = [
  { suffix: '' },
  { suffix: ' with defaultMode set', files: { defaultMode: 0o400 }, mode: '-r--------' },
  { suffix: ' with mappings', files: mappings, path: mapped },
];
const ofConfigMaps: readonly Variant[] = [
  ...common,
  { suffix: ' as non-root', security: user },
  { suffix: ' with mappings and Item mode set', files: itemMode, path: mapped, mode: '-r--------' },
  { suffix: ' with mappings as non-root', files: mappings, path: mapped, security: user },
];
const ofSecrets: readonly Variant[] = [
  ...common,
  {
    suffix: ' as non-root with defaultMode and fsGroup set',
    files: { defaultMode: 0o440 },
    mode: '-r--r-----',
    security: { ...user, fsGroup: 1001 },
  },
  { suffix: ' with mappings and Item Mode set', files: itemMode, path: mapped, mode: '-r--------' },
];

const data: Data = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' };

/** That one key is in its file, with this mode. */
function consumable(
  source: Source,
  { suffix, files, path = 'data-2', mode = '-rw-r--r--', security }: Variant,
): Row {
  return containerRow(`${source.title} should be consumable from pods in volume${suffix}`, async t => {
    await source.write(t, 'object', data);
    const file = `/etc/volume/${path}`;
    const spec = script(
      `cat ${file}; echo; stat -Lc %A ${file}; ls /etc/volume`,
      { volumeMounts: [{ name: 'v', mountPath: '/etc/volume', readOnly: true }] },
      { volumes: [source.volume('v', 'object', files)], ...(security ? { securityContext: security } : {}) },
    );
    const names = files?.items ? 'path' : 'data-1\ndata-2\ndata-3';
    await writes(t, spec, new RegExp(`^value-2\n${mode}\n${names}\n$`));
  });
}

function inTwoVolumes(source: Source, words: string): Row {
  return containerRow(`${source.title} should be consumable in multiple volumes in ${words}`, async t => {
    await source.write(t, 'object', data);
    const spec = script(
      'cat /one/data-1 /two/data-1',
      {
        volumeMounts: [
          { name: 'one', mountPath: '/one', readOnly: true },
          { name: 'two', mountPath: '/two', readOnly: true },
        ],
      },
      { volumes: [source.volume('one', 'object'), source.volume('two', 'object')] },
    );
    await writes(t, spec, /^value-1value-1$/);
  });
}

const updateMs = 150_000;

function updates(source: Source): Row {
  return containerRow(
    `${source.title} updates should be reflected in volume`,
    async t => {
      await source.write(t, 'object', { 'data-1': 'value-1' });
      const spec = agnhost(
        ['pause'],
        { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        { volumes: [source.volume('v', 'object')] },
      );
      await t.api.pods.create(pod('p', {}, spec));
      await runningPod(t, 'p');
      assert.equal(await shell(t, 'p', 'cat /v/data-1'), 'value-1');
      await source.write(t, 'object', { 'data-1': 'value-2' });
      await shellSays(t, 'p', 'cat /v/data-1', /^value-2$/, updateMs);
    },
    { timeoutMs: 2 * updateMs },
  );
}

function optionalUpdates(source: Source): Row {
  return containerRow(
    `${source.title} optional updates should be reflected in volume`,
    async t => {
      await source.write(t, 'deleted', { 'data-1': 'value-1' });
      await source.write(t, 'updated', { 'data-1': 'value-1' });
      const objects = ['deleted', 'updated', 'created'];
      const spec = agnhost(
        ['pause'],
        { volumeMounts: objects.map(name => ({ name, mountPath: `/v/${name}`, readOnly: true })) },
        { volumes: objects.map(name => source.volume(name, name, { optional: true })) },
      );
      await t.api.pods.create(pod('p', {}, spec));
      await runningPod(t, 'p');
      const all = 'for f in /v/*/*; do echo "$f $(cat $f)"; done';
      assert.match(await shell(t, 'p', all), /\/v\/deleted\/data-1 value-1\n\/v\/updated\/data-1 value-1\n/);
      await source.remove(t, 'deleted');
      await source.write(t, 'updated', { 'data-3': 'value-3' });
      await source.write(t, 'created', { 'data-1': 'value-1' });
      const now = /^\/v\/created\/data-1 value-1\n\/v\/updated\/data-3 value-3\n$/;
      await shellSays(t, 'p', all, now, updateMs);
    },
    { timeoutMs: 2 * updateMs },
  );
}

/** Every row that objects of both kinds have, alone and projected. */
export const volumeRows: readonly Row[] = [
  ...[configMap, projectedConfigMap].flatMap(source => [
    ...ofConfigMaps.map(variant => consumable(source, variant)),
    inTwoVolumes(source, 'the same pod'),
    updates(source),
    optionalUpdates(source),
  ]),
  ...[secret, projectedSecret].flatMap(source => [
    ...ofSecrets.map(variant => consumable(source, variant)),
    inTwoVolumes(source, 'a pod'),
    optionalUpdates(source),
  ]),

  containerRow('ConfigMap binary data should be reflected in volume', async t => {
    const binaryData = { dump: Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff]).toString('base64') };
    await t.api.configMaps.create({ metadata: { name: 'object' }, data: { text: 'value-1' }, binaryData });
    const compare = `node -e 'process.exit(require("fs").readFileSync("/v/dump").toString("base64") === "${binaryData.dump}" ? 0 : 1)'`;
    const spec = script(
      `cat /v/text && ${compare}`,
      { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      { volumes: [configMap.volume('v', 'object')] },
    );
    await writes(t, spec, /^value-1$/);
  }),

  containerRow(
    'Secrets should be able to mount in a volume regardless of a different secret existing with same name in different namespace',
    async t => {
      const other = t.name('other');
      await t.makeNamespace(other);
      await secret.write(t, 'object', { 'data-1': 'another' }, other);
      await secret.write(t, 'object', { 'data-1': 'value-1' });
      const spec = script(
        'cat /v/data-1; echo; stat -Lc %A /v/data-1',
        { volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }] },
        { volumes: [secret.volume('v', 'object')] },
      );
      await writes(t, spec, /^value-1\n-rw-r--r--\n$/);
    },
  ),

  containerRow('EmptyDir wrapper volumes should not conflict', async t => {
    await secret.write(t, 'object', { 'data-1': 'hidden' });
    await configMap.write(t, 'object', { 'data-1': 'shown' });
    const volumes = [secret.volume('s', 'object'), configMap.volume('c', 'object')];
    const volumeMounts = [
      { name: 's', mountPath: '/etc/secret', readOnly: true },
      { name: 'c', mountPath: '/etc/config', readOnly: true },
    ];
    await t.api.pods.create(pod('p', {}, agnhost(['pause'], { volumeMounts }, { volumes })));
    await runningPod(t, 'p');
    assert.equal(await shell(t, 'p', 'cat /etc/secret/data-1 /etc/config/data-1'), 'hiddenshown');
  }),

  containerRow(
    'EmptyDir wrapper volumes should not cause race condition when used for configmaps Serial',
    async t => {
      const names = Array.from({ length: 50 }, (_, i) => `racey-${i}`);
      await Promise.all(names.map(name => configMap.write(t, name, { 'data-1': 'value-1' })));
      const volumes = names.map(name =>
        configMap.volume(name, name, { items: [{ key: 'data-1', path: 'data-1' }] }),
      );
      const volumeMounts = names.map(name => ({ name, mountPath: `/etc/config-${name}` }));
      const spec = agnhost(['pause'], { volumeMounts }, { volumes });
      const labels = { app: 'wrapped' };
      await t.api.replicationControllers.create({
        metadata: { name: 'wrapped' },
        spec: { replicas: 5, selector: labels, template: { metadata: { labels }, spec } },
      });
      await t.until(
        'all five to run',
        async () => {
          const { items } = await t.api.pods.list({ labelSelector: 'app=wrapped' });
          return items.length === 5 && items.every(({ status }) => status!.phase === 'Running');
        },
        120_000,
      );
    },
    { alone: true, timeoutMs: 180_000 },
  ),
];
