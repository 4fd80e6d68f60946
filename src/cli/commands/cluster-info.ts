import type { KubeList, KubeObject } from '#machinery/object.ts';
import { pathOf } from '../core/api-client.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { allNamespacesFlag, printFlags } from '../core/flag-groups.ts';
import type { Pod } from '../core/pods.ts';
import { CliError } from '../errors.ts';
import { splitOutput } from '../print/printer.ts';

/** What is dumped of each namespace, by the files' names. */
const dumped: Readonly<Record<string, string>> = {
  events: 'events',
  'replication-controllers': 'replicationcontrollers',
  services: 'services',
  daemonsets: 'daemonsets.apps',
  deployments: 'deployments.apps',
  replicasets: 'replicasets.apps',
  pods: 'pods',
};

const dump = defineCommand({
  name: 'dump',
  summary: 'Dump relevant information for debugging and diagnosis.',
  examples: [
    '% cluster-info dump',
    '% cluster-info dump --output-directory=/path/to/cluster-state',
    '% cluster-info dump --namespaces default,kube-system',
  ],
  flags: [
    ...printFlags.map(flag => (flag.name === 'output' ? { ...flag, default: 'json' } : flag)),
    allNamespacesFlag,
    { name: 'namespaces', type: 'list', help: 'A comma separated list of namespaces to dump.' },
    {
      name: 'output-directory',
      type: 'string',
      help: "Where to output the files. If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory",
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: 20_000,
      help: 'How long to wait until at least one pod is running',
    },
  ],
  run: async context => {
    const directory = context.flags.string('output-directory');
    const inFiles = directory !== '' && directory !== '-';
    const write = async (file: string, text: string) => {
      if (!inFiles) return context.out(text);
      const path = `${directory}/${file}`;
      await context.io.fs.makeDirectory(path.slice(0, path.lastIndexOf('/')));
      await context.io.fs.write(path, text);
    };
    const { format } = splitOutput(context.flags);
    if (format === 'name') throw new CliError('list types are not supported by name printing: *v1.NodeList');
    const extension = format === 'json' || format === 'yaml' ? format : 'txt';
    const mapper = await context.mapper();
    const api = await context.api();
    const printer = (await context.printer())!;
    const dumpList = async (resource: string, namespace: string, file: string): Promise<KubeList> => {
      const list = await api.list(mapper.resource(resource), namespace);
      // Go's lists of nothing are null.
      const shown = list.items.length > 0 ? list : { ...list, items: null };
      const text = printer.print(shown as unknown as KubeObject) + printer.flush();
      await write(`${file}.${extension}`, text);
      return list;
    };
    await dumpList('nodes', '', 'nodes');
    for (const namespace of await dumpedNamespaces(context)) {
      let pods: KubeList | undefined;
      for (const [file, resource] of Object.entries(dumped))
        pods = await dumpList(resource, namespace, `${namespace}/${file}`);
      for (const pod of pods?.items ?? [])
        await write(`${namespace}/${pod.metadata.name}/logs.txt`, await logsOf(context, namespace, pod));
    }
    if (inFiles) context.out(`Cluster info dumped to ${directory}\n`);
  },
});

async function dumpedNamespaces(context: CliContext): Promise<readonly string[]> {
  const api = await context.api();
  if (context.flags.bool('all-namespaces')) {
    const { items } = await api.list((await context.mapper()).resource('namespaces'), '');
    return items.map(item => item.metadata.name!);
  }
  const named = context.flags.list('namespaces');
  return named.length > 0 ? named : ['kube-system', (await context.namespace()).name];
}

async function logsOf(context: CliContext, namespace: string, pod: Pod): Promise<string> {
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  const name = pod.metadata.name!;
  const path = pathOf((await context.mapper()).resource('pods'), namespace, name, 'log');
  let text = '';
  for (const container of [...initContainers, ...containers]) {
    const which = `logs for container ${container.name} of pod ${namespace}/${name} ====\n`;
    const logs = await logOf(context, path, container.name).catch(
      error => `Request log error: ${(error as Error).message}\n`,
    );
    text += `==== START ${which}${logs}==== END ${which}`;
  }
  return text;
}

async function logOf(context: CliContext, path: string, container: string): Promise<string> {
  const api = await context.api();
  const chunks = await api.stream({ method: 'GET', path, query: { container } });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

export const clusterInfoCommand = defineCommand({
  name: 'cluster-info',
  summary:
    'Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.',
  subcommands: [dump],
  run: async context => {
    const coloured = (code: number) => (text: string) =>
      context.io.stdout.isTerminal ? `\u001b[0;${code}m${text}\u001b[0m` : text;
    const green = coloured(32);
    const yellow = coloured(33);
    const { server } = await context.target();
    const api = await context.api();
    const services = (await context.mapper()).resource('services');
    const list = await api.listAll(services, 'kube-system', {
      labelSelector: 'kubernetes.io/cluster-service=true',
    });
    context.out(`${green('Kubernetes control plane')} is running at ${yellow(server)}\n`);
    for (const item of list.items) {
      const { labels = {}, name, namespace } = item.metadata;
      const ports =
        (item as typeof item & { spec?: { ports?: { name?: string; port: number }[] } }).spec?.ports ?? [];
      const [first] = ports;
      const suffix = first?.name ? `:${first.name}` : '';
      const url = `${server.replace(/\/$/, '')}/api/v1/namespaces/${namespace}/services/${name}${suffix}/proxy`;
      context.out(`${green(labels['kubernetes.io/name'] ?? name ?? '')} is running at ${yellow(url)}\n`);
    }
    context.out(
      `\nTo further debug and diagnose cluster problems, use '${context.program} cluster-info dump'.\n`,
    );
  },
});
