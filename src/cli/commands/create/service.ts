import { type Command, defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import type { Flag } from '../../core/flags.ts';
import { CliError } from '../../errors.ts';
import { defineGenerator } from './generator.ts';

const tcpFlag: Flag = {
  name: 'tcp',
  type: 'list',
  help: "Port pairs can be specified as '<port>:<targetPort>'.",
};
const clusterIpFlag: Flag = {
  name: 'clusterip',
  type: 'string',
  help: "Assign your own ClusterIP or set to 'None'.",
};
const nodePortFlag: Flag = {
  name: 'node-port',
  type: 'int',
  help: 'Port used to expose the service on each node.',
};
const externalNameFlag: Flag = { name: 'external-name', type: 'string', help: 'External name of service' };

function serviceCommand(name: string, type: string, extra: readonly Flag[]): Command {
  return defineGenerator({
    name,
    usage: 'NAME [--tcp=<port>:<targetPort>]',
    summary: `Create a ${type} service with the specified name.`,
    failure: `failed to create ${type} service:`,
    flags: [tcpFlag, ...extra],
    build: (context, serviceName) => {
      const { flags } = context;
      const ports = flags.list('tcp').map(text => portOf(text, context));
      const headless = flags.has('clusterip') && flags.string('clusterip') === 'None';
      if (ports.length === 0 && type !== 'ExternalName' && !headless)
        throw new CliError('at least one tcp port specifier must be provided');
      const clusterIP = flags.has('clusterip') ? flags.string('clusterip') : '';
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: serviceName, labels: { app: serviceName } },
        spec: {
          ...(ports.length > 0 ? { ports } : {}),
          selector: { app: serviceName },
          ...(clusterIP ? { clusterIP } : {}),
          type,
          ...(type === 'ExternalName' ? { externalName: flags.string('external-name') } : {}),
        },
        status: { loadBalancer: {} },
      };
    },
  });
}

function portOf(text: string, context: CliContext): unknown {
  const [port = '', target = port] = text.split(':');
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    throw new CliError(`error parsing port ${port}: must be a number between 1 and 65535`);
  const nodePort = context.flags.has('node-port') ? context.flags.int('node-port') : 0;
  return {
    name: text.replace(':', '-'),
    protocol: 'TCP',
    port: Number(port),
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
    ...(nodePort > 0 ? { nodePort } : {}),
  };
}

export const createService = defineCommand({
  name: 'service',
  aliases: ['svc'],
  summary: 'Create a service using a specified subcommand.',
  subcommands: [
    serviceCommand('clusterip', 'ClusterIP', [clusterIpFlag]),
    serviceCommand('externalname', 'ExternalName', [externalNameFlag]),
    serviceCommand('loadbalancer', 'LoadBalancer', []),
    serviceCommand('nodeport', 'NodePort', [nodePortFlag]),
  ],
});
