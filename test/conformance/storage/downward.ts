import type { V1Container, V1DownwardAPIVolumeFile, V1Pod, V1Volume } from '@kubernetes/client-node';
import { agnhost, containerRow, script, shellSays, writes } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { runningPod } from '../workloads.ts';

const mount = '/etc/podinfo';

interface Style {
  readonly title: string;
  readonly volume: (items: V1DownwardAPIVolumeFile[], defaultMode?: number) => V1Volume;
}

const styles: readonly Style[] = [
  {
    title: 'Downward API volume',
    volume: (items, defaultMode) => ({
      name: 'podinfo',
      downwardAPI: { items, ...(defaultMode ? { defaultMode } : {}) },
    }),
  },
  {
    title: 'Projected downwardAPI',
    volume: (items, defaultMode) => ({
      name: 'podinfo',
      projected: { sources: [{ downwardAPI: { items } }], ...(defaultMode ? { defaultMode } : {}) },
    }),
  },
];

const podName: V1DownwardAPIVolumeFile = { path: 'podname', fieldRef: { fieldPath: 'metadata.name' } };
const resource = (name: string): V1DownwardAPIVolumeFile => ({
  path: 'resource',
  resourceFieldRef: { containerName: 'c', resource: name },
});
const resources = {
  requests: { cpu: '250m', memory: '32Mi' },
  limits: { cpu: '1250m', memory: '64Mi' },
};

function reading(volume: V1Volume, text: string, container: Partial<V1Container> = {}) {
  const volumeMounts = [{ name: 'podinfo', mountPath: mount }];
  return script(text, { volumeMounts, ...container }, { volumes: [volume] });
}

/** What every node can allocate of a resource, as a whole number of its units. */
async function allocatable(t: Trial, name: 'cpu' | 'memory'): Promise<string> {
  const [node] = (await t.api.nodes.list()).items;
  const text = node!.status!.allocatable![name]!;
  const [, number, unit] = /^(\d+)(\w*)$/.exec(text)!;
  const factor = { m: 1 / 1_000, '': 1, Ki: 1_024, Mi: 1_024 ** 2, Gi: 1_024 ** 3 }[unit!]!;
  return `${Math.ceil(Number(number) * factor)}`;
}

function follows(
  { title, volume }: Style,
  what: 'labels' | 'annotations',
  change: (object: V1Pod) => void,
): Row {
  return containerRow(
    `${title} should update ${what} on modification`,
    async t => {
      const items = [{ path: what, fieldRef: { fieldPath: `metadata.${what}` } }];
      const spec = agnhost(
        ['pause'],
        { volumeMounts: [{ name: 'podinfo', mountPath: mount }] },
        { volumes: [volume(items)] },
      );
      const values = { key1: 'value1', key2: 'value2' };
      await t.api.pods.create({ metadata: { name: 'p', [what]: values }, spec });
      await runningPod(t, 'p');
      await shellSays(t, 'p', `cat ${mount}/${what}`, /key1="value1"\nkey2="value2"/);
      await t.api.pods.update('p', change);
      await shellSays(t, 'p', `cat ${mount}/${what}`, /key3="value3"/, 150_000);
    },
    { timeoutMs: 240_000 },
  );
}

function rowsOf(style: Style): readonly Row[] {
  const { title, volume } = style;
  const mode = '-r--------';
  const shown = `cat ${mount}/podname; echo; stat -Lc %A ${mount}/podname`;
  const amounts = [
    ['cpu limit', 'limits.cpu', '2'],
    ['memory limit', 'limits.memory', '67108864'],
    ['cpu request', 'requests.cpu', '1'],
    ['memory request', 'requests.memory', '33554432'],
  ] as const;
  return [
    containerRow(`${title} should provide podname only`, t =>
      writes(t, reading(volume([podName]), `cat ${mount}/podname`), /^p$/),
    ),
    containerRow(`${title} should set DefaultMode on files`, t =>
      writes(t, reading(volume([podName], 0o400), shown), new RegExp(`^p\n${mode}$`, 'm')),
    ),
    containerRow(`${title} should set mode on item file`, t =>
      writes(t, reading(volume([{ ...podName, mode: 0o400 }]), shown), new RegExp(`^p\n${mode}$`, 'm')),
    ),
    ...amounts.map(([words, name, wanted]) =>
      containerRow(`${title} should provide container's ${words}`, t =>
        writes(
          t,
          reading(volume([resource(name)]), `cat ${mount}/resource`, { resources }),
          new RegExp(`^${wanted}$`),
        ),
      ),
    ),
    ...(['cpu', 'memory'] as const).map(name =>
      containerRow(
        `${title} should provide node allocatable (${name}) as default ${name} limit if the limit is not set`,
        async t => {
          const wanted = new RegExp(`^${await allocatable(t, name)}$`);
          await writes(t, reading(volume([resource(`limits.${name}`)]), `cat ${mount}/resource`), wanted);
        },
      ),
    ),
    follows(style, 'labels', object => {
      object.metadata!.labels!.key3 = 'value3';
    }),
    follows(style, 'annotations', object => {
      object.metadata!.annotations!.key3 = 'value3';
    }),
  ];
}

const allSources = containerRow(
  'Projected combined should project all components that make up the projection API',
  async t => {
    await t.api.configMaps.create({ metadata: { name: 'config' }, data: { 'configmap-data': 'shown' } });
    const hidden = Buffer.from('hidden').toString('base64');
    await t.api.secrets.create({ metadata: { name: 'secret' }, data: { 'secret-data': hidden } });
    const numbered = amountFiles();
    const sources = [
      { secret: { name: 'secret', items: [{ key: 'secret-data', path: 'secret-data' }] } },
      { configMap: { name: 'config', items: [{ key: 'configmap-data', path: 'configmap-data' }] } },
      { downwardAPI: { items: [podName, ...numbered.map(([item]) => item)] } },
    ];
    const files = ['podname', 'secret-data', 'configmap-data', ...numbered.map(([{ path }]) => path)];
    const text = files.map(file => `cat ${mount}/${file}; echo`).join(';');
    const spec = reading({ name: 'podinfo', projected: { sources } }, text, { resources });
    const wanted = ['p', 'hidden', 'shown', ...numbered.map(([, amount]) => amount)];
    await writes(t, spec, new RegExp(`^${wanted.join('\n')}\n$`));
  },
);

/** A file for each amount of `resources`, with what must be in it. */
function amountFiles(): [V1DownwardAPIVolumeFile, string][] {
  const amounts = { cpu_limit: '2', memory_limit: '67108864', cpu_request: '1', memory_request: '33554432' };
  return Object.entries(amounts).map(([path, amount]) => {
    const [name, kind] = path.split('_');
    return [{ ...resource(`${kind}s.${name}`), path }, amount];
  });
}

export const downwardRows: readonly Row[] = [...styles.flatMap(rowsOf), allSources];
