import { defineCommand } from '../core/command.ts';

export const clusterInfoCommand = defineCommand({
  name: 'cluster-info',
  summary:
    'Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.',
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
