import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import type { KubeList, KubeObject } from '#machinery/object.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { allNamespacesFlag, fieldSelectorFlag, selectorFlag } from '../../core/flag-groups.ts';
import type { Flag } from '../../core/flags.ts';
import { selectorQuery } from '../../core/resources.ts';
import { CliError } from '../../errors.ts';
import { TabWriter, tableTabs } from '../../print/tabwriter.ts';

type Amounts = Readonly<Record<string, string | undefined>>;

interface NodeMetrics extends KubeObject {
  usage: Amounts;
}

interface PodMetrics extends KubeObject {
  containers: { name: string; usage: Amounts }[];
}

/** A line's amounts: thousandths of cores, bytes. */
type Usage = Readonly<Record<string, number>>;

/** Younger pods may not have been measured yet. */
const measuredAfterMs = 120_000;

const common: readonly Flag[] = [
  selectorFlag,
  {
    name: 'sort-by',
    type: 'string',
    help: "If non-empty, sort the list using specified field. The field can be either 'cpu' or 'memory'.",
  },
  { name: 'no-headers', type: 'bool', help: 'If present, print output without headers' },
  { name: 'show-swap', type: 'bool', help: 'Print resources related to swap memory.' },
  {
    name: 'use-protocol-buffers',
    type: 'bool',
    default: true,
    help: 'Kept for compatibility; metrics are read as JSON.',
  },
];

const nodeCommand = defineCommand({
  name: 'node',
  aliases: ['nodes', 'no'],
  usage: '[NAME | -l label]',
  summary: 'Display resource (CPU/memory) usage of nodes',
  examples: ['% top node', '% top node NODE_NAME'],
  flags: [
    ...common,
    {
      name: 'show-capacity',
      type: 'bool',
      help: 'Print node resources based on Capacity instead of Allocatable(default) of the nodes.',
    },
  ],
  run: async context => {
    const { flags } = context;
    const name = nameOf(context, flags.string('selector') !== '', '--selector');
    const found = await read<NodeMetrics>(context, '/apis/metrics.k8s.io/v1beta1/nodes', name);
    if (found.length === 0) throw new CliError('metrics not available yet');
    const nodes = await read<KubeObject & Node>(context, '/api/v1/nodes', name, false);
    const resources = measured(context);
    const all = found.map(item => ({ name: item.metadata.name!, usage: usageOf([item.usage], resources) }));
    const lines = sorted(context, all, (a, b) => byText(a.name, b.name));
    const byName = new Map(nodes.map(node => [node.metadata.name!, node]));
    const shown = lines.map(({ name, usage }) => [name, ...nodeCells(context, usage, byName.get(name))]);
    for (const { name } of lines) byName.delete(name);
    const silent = [...byName.keys()]
      .sort()
      .map(name => [name, ...resources.flatMap(() => [unknown, unknown])]);
    const titles = ['CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', 'SWAP(bytes)', 'SWAP(%)'];
    print(context, ['NAME', ...titles.slice(0, 2 * resources.length)], [...shown, ...silent]);
  },
});

const unknown = '<unknown>';

function nodeCells({ flags }: CliContext, usage: Usage, node: Node | undefined): string[] {
  const { capacity = {}, allocatable = {}, nodeInfo } = node?.status ?? {};
  const swap = (nodeInfo as { swap?: { capacity?: number } } | undefined)?.swap?.capacity;
  const available: Amounts = {
    ...(flags.bool('show-capacity') ? capacity : allocatable),
    swap: swap === undefined ? undefined : String(swap),
  };
  return Object.entries(usage).flatMap(([resource, amount]) => {
    const most = available[resource];
    if (resource === 'swap' && node && most === undefined) return [unknown, unknown];
    if (most === undefined) return [amountText(resource, amount)];
    const all = amountOf(resource, most);
    return [amountText(resource, amount), `${all === 0 ? 0 : Math.trunc((amount / all) * 100)}%`];
  });
}

const podCommand = defineCommand({
  name: 'pod',
  aliases: ['pods', 'po'],
  usage: '[NAME | -l label]',
  summary: 'Display resource (CPU/memory) usage of pods',
  examples: ['% top pod', '% top pod POD_NAME --containers', '% top pod -l name=myLabel'],
  flags: [
    ...common,
    fieldSelectorFlag,
    allNamespacesFlag,
    { name: 'containers', type: 'bool', help: 'If present, print usage of containers within a pod.' },
    { name: 'sum', type: 'bool', help: 'Print the sum of the resource usage' },
  ],
  run: async context => {
    const { flags } = context;
    const selects = flags.string('selector') !== '' || flags.string('field-selector') !== '';
    const name = nameOf(context, selects, 'selector');
    const all = flags.bool('all-namespaces');
    const { name: namespace } = await context.namespace();
    const where = all ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    const found = await read<PodMetrics>(context, `/apis/metrics.k8s.io/v1beta1${where}/pods`, name);
    if (found.length === 0) {
      await explainNothing(context, `/api/v1${where}/pods`);
      context.error(all ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
      return;
    }
    printPods(context, found);
  },
});

function printPods(context: CliContext, found: readonly PodMetrics[]): void {
  const { flags } = context;
  const all = flags.bool('all-namespaces');
  const resources = measured(context);
  const pods = found.map(({ metadata, containers }) => ({
    name: metadata.name!,
    namespace: metadata.namespace ?? '',
    containers: containers.map(({ name, usage }) => ({ name, usage: usageOf([usage], resources) })),
    usage: usageOf(
      containers.map(container => container.usage),
      resources,
    ),
  }));
  const order = sorted(
    context,
    pods,
    (a, b) => (all ? byText(a.namespace, b.namespace) : 0) || byText(a.name, b.name),
  );
  const rows = order.flatMap(({ name, namespace, containers, usage }) => {
    const lines = flags.bool('containers')
      ? sorted(context, containers, (a, b) => byText(a.name, b.name)).map(one => [
          name,
          one.name,
          ...cells(one.usage),
        ])
      : [[name, ...cells(usage)]];
    return lines.map(line => (all ? [namespace, ...line] : line));
  });
  const titles = ['CPU(cores)', 'MEMORY(bytes)', 'SWAP(bytes)'].slice(0, resources.length);
  const head = [
    ...(all ? ['NAMESPACE'] : []),
    ...(flags.bool('containers') ? ['POD'] : []),
    'NAME',
    ...titles,
  ];
  if (flags.bool('sum'))
    rows.push(
      ...sumRows(
        context,
        head.length,
        pods.map(pod => pod.usage),
      ),
    );
  print(context, head, rows);
}

/** As wide as the table; without its head, as wide as a plain one's. */
function sumRows({ flags }: CliContext, width: number, usages: readonly Usage[]): string[][] {
  const resources = Object.keys(usages[0] ?? {});
  const columns = flags.bool('no-headers') ? 1 + resources.length : width;
  const total = Object.fromEntries(
    resources.map(resource => [resource, usages.reduce((sum, usage) => sum + usage[resource]!, 0)]),
  );
  const blanks = (count: number) => Array.from({ length: Math.max(0, count) }, () => '');
  return [
    [...blanks(columns - 2), '________', '________'],
    [...blanks(columns - 3), '', ...cells(total)],
  ];
}

function measured({ flags }: CliContext): string[] {
  return ['cpu', 'memory', ...(flags.bool('show-swap') ? ['swap'] : [])];
}

function nameOf(context: CliContext, selects: boolean, what: string): string {
  const { args, flags } = context;
  if (args.length > 1) throw context.usageError(`${context.commandPath.split(' ').at(-1)} [NAME | -l label]`);
  if (!['', 'cpu', 'memory'].includes(flags.string('sort-by')))
    throw new CliError('--sort-by accepts only cpu or memory');
  const [name = ''] = args;
  if (name !== '' && selects) throw new CliError(`only one of NAME or ${what} can be provided`);
  return name;
}

async function read<T extends KubeObject>(
  context: CliContext,
  path: string,
  name: string,
  ofMetrics = true,
): Promise<T[]> {
  if (ofMetrics) {
    const { groupVersions } = await context.mapper();
    if (!groupVersions.some(({ group, version }) => group === 'metrics.k8s.io' && version === 'v1beta1'))
      throw new CliError('Metrics API not available');
  }
  const api = await context.api();
  if (name !== '')
    return [(await api.request({ method: 'GET', path: `${path}/${encodeURIComponent(name)}` })) as T];
  const list = await api.request({ method: 'GET', path, query: selectorQuery(context) });
  return (list as KubeList<T>).items;
}

/** Pods that have been there for long should have been measured; that there are none is no mistake. */
async function explainNothing(context: CliContext, path: string): Promise<void> {
  const pods = await read<KubeObject & Pod>(context, path, '', false);
  for (const { metadata } of pods) {
    const ageMs = context.io.clock.now() - Date.parse(metadata.creationTimestamp ?? '');
    if (ageMs > measuredAfterMs)
      throw new CliError(
        `Metrics not available for pod ${metadata.namespace}/${metadata.name}, age: ${Math.floor(ageMs / 1000)}s`,
      );
  }
  if (pods.length > 0) throw new CliError('metrics not available yet');
}

function amountOf(resource: string, text: string): number {
  return resource === 'cpu' ? quantityMilliValue(text) : quantityValue(text);
}

function usageOf(all: readonly Amounts[], resources: readonly string[]): Usage {
  const sum = (resource: string) =>
    all.reduce((total, amounts) => total + amountOf(resource, amounts[resource] ?? '0'), 0);
  return Object.fromEntries(resources.map(resource => [resource, sum(resource)]));
}

function amountText(resource: string, amount: number): string {
  return resource === 'cpu' ? `${amount}m` : `${Math.trunc(amount / (1 << 20))}Mi`;
}

function cells(usage: Usage): string[] {
  return Object.entries(usage).map(([resource, amount]) => amountText(resource, amount));
}

/** The greatest first where --sort-by says of what. */
function sorted<T extends { readonly usage: Usage }>(
  { flags }: CliContext,
  items: readonly T[],
  usual: (a: T, b: T) => number,
): T[] {
  const by = flags.string('sort-by');
  return [...items].sort((a, b) => (by === '' ? usual(a, b) : b.usage[by]! - a.usage[by]! || usual(a, b)));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function print(context: CliContext, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = context.flags.bool('no-headers') ? rows : [head, ...rows];
  const writer = new TabWriter({ ...tableTabs, rememberWidths: true });
  for (const line of lines) writer.write(`${line.map(cell => `${cell}\t`).join('')}\n`);
  context.out(writer.flush());
}

export const topCommand = defineCommand({
  name: 'top',
  summary: 'Display resource (CPU/memory) usage',
  details: 'Needs a metrics server that serves metrics.k8s.io/v1beta1.',
  subcommands: [nodeCommand, podCommand],
});
