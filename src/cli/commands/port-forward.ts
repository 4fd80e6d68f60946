import { joinHostPort } from '#machinery/ip.ts';
import type { KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { attachablePod, type Pod } from '../core/pods.ts';
import { selectOne } from '../core/resources.ts';
import { CliError } from '../errors.ts';
import type { LocalListener } from '../io.ts';
import { forwardConnection } from '../stream/port-forward.ts';

interface Port {
  readonly local: number;
  readonly remote: number;
}

export const portForwardCommand = defineCommand({
  name: 'port-forward',
  usage: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  summary: 'Forward one or more local ports to a pod.',
  examples: ['% port-forward pod/mypod 5000 6000', '% port-forward service/myservice 8443:https'],
  flags: [
    {
      name: 'address',
      type: 'list',
      default: 'localhost',
      help: 'Addresses to listen on (comma separated).',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: 60_000,
      help: 'How long to wait until at least one pod is running',
    },
  ],
  run: async context => {
    const [target, ...specs] = context.args;
    if (!target || specs.length === 0)
      throw context.usageError('TYPE/NAME and list of ports are required for port-forward');
    const pod = await attachablePod(context, target);
    if (pod.status?.phase !== 'Running')
      throw new CliError(
        `unable to forward port because pod is not running. Current status=${pod.status?.phase}`,
      );
    const service = await serviceOf(context, target);
    const ports = specs.map(spec => parsePort(spec, pod, service));
    using listeners = new DisposableStack();
    for (const port of ports)
      for (const listener of await listenAll(context, pod, port)) listeners.use(listener);
    await new Promise<void>(resolve => {
      if (context.io.interrupted.aborted) return resolve();
      context.io.interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  },
});

interface Service extends KubeObject {
  spec?: { clusterIP?: string; ports?: { name?: string; port: number; targetPort?: number | string }[] };
}

async function serviceOf(context: CliContext, target: string): Promise<Service | undefined> {
  if (!target.includes('/')) return undefined;
  const info = await selectOne(context, [target]);
  if (info.mapping.kind !== 'Service') return undefined;
  const api = await context.api();
  return (await api.get(info.mapping, info.namespace, info.name)) as Service;
}

function parsePort(spec: string, pod: Pod, service: Service | undefined): Port {
  const parts = spec.split(':');
  if (parts.length > 2) throw new CliError(`invalid port format '${spec}'`);
  const remoteText = parts.at(-1)!;
  const remote = service ? servicePort(remoteText, pod, service) : podPort(remoteText, pod);
  const localText = parts.length === 2 ? parts[0]! : /^\d+$/.test(remoteText) ? remoteText : String(remote);
  const local = localText === '' ? 0 : Number(localText);
  if (!Number.isInteger(local) || local > 65535)
    throw new CliError(
      `error parsing local port '${localText}': strconv.ParseUint: parsing ${JSON.stringify(localText)}: invalid syntax`,
    );
  return { local, remote };
}

function podPort(text: string, pod: Pod): number {
  if (/^\d+$/.test(text)) return Number(text);
  for (const container of pod.spec?.containers ?? [])
    for (const port of container.ports ?? []) if (port.name === text) return port.containerPort;
  throw new CliError(`Pod '${pod.metadata.name}' does not have a named port '${text}'`);
}

function servicePort(text: string, pod: Pod, service: Service): number {
  const found = service.spec?.ports?.find(port => port.name === text || String(port.port) === text);
  if (!found)
    throw new CliError(
      /^\d+$/.test(text)
        ? `Service ${service.metadata.name} does not have a service port ${text}`
        : `Service '${service.metadata.name}' does not have a named port '${text}'`,
    );
  if (service.spec?.clusterIP === 'None') return found.port;
  return podPort(String(found.targetPort ?? found.port), pod);
}

async function listenAll(context: CliContext, pod: Pod, port: Port): Promise<LocalListener[]> {
  const addresses = context.flags
    .list('address')
    .flatMap(address => (address === 'localhost' ? ['127.0.0.1', '::1'] : [address]));
  const listeners: LocalListener[] = [];
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      const local = listeners[0]?.port ?? port.local;
      const listener = await context.io.listen(address, local, socket => {
        context.out(`Handling connection for ${listener.port}\n`);
        void forwardConnection(context, pod, port.remote, socket).catch(error =>
          context.error(
            `error: an error occurred forwarding ${listener.port} -> ${port.remote}: ${(error as Error).message}\n`,
          ),
        );
      });
      listeners.push(listener);
      context.out(`Forwarding from ${joinHostPort(address, listener.port)} -> ${port.remote}\n`);
    } catch (error) {
      failures.push(`Unable to listen on port ${port.local}: ${(error as Error).message}`);
    }
  }
  if (listeners.length === 0)
    throw new CliError(
      `unable to listen on any of the requested ports: [{${port.local} ${port.remote}}]\n${failures.join('\n')}`,
    );
  return listeners;
}
