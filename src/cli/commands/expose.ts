import type { KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
  selectorFlag,
} from '../core/flag-groups.ts';
import type { Mapping } from '../core/discovery.ts';
import { namesFiles } from '../core/named-files.ts';
import { overridden, overrideFlags } from '../core/overrides.ts';
import { recordFlag } from '../core/record.ts';
import { fetchSelected, type ResourceInfo, select, visitEach } from '../core/resources.ts';
import { CliError, throwAll } from '../errors.ts';
import { createObject, type NewObject } from './create/generator.ts';

interface Exposable extends KubeObject {
  spec?: {
    selector?: Record<string, string> & {
      matchLabels?: Record<string, string>;
      matchExpressions?: unknown[];
    };
    ports?: { port: number; name?: string; protocol?: string }[];
    containers?: ContainerPorts[];
    template?: { spec?: { containers?: ContainerPorts[] } };
  };
}

interface ContainerPorts {
  ports?: { containerPort: number; name?: string; protocol?: string }[];
}

export const exposeCommand = defineCommand({
  name: 'expose',
  usage:
    '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  summary: 'Expose a resource as a new Kubernetes service.',
  examples: ['% expose deployment nginx --port=80 --target-port=8000'],
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    dryRunFlag,
    saveConfigFlag,
    fieldManagerFlag('kubectl-expose'),
    { ...selectorFlag, short: undefined },
    { name: 'cluster-ip', type: 'string', help: 'ClusterIP to be assigned to the service.' },
    {
      name: 'external-ip',
      type: 'string',
      help: 'Additional external IP address to accept for the service.',
    },
    {
      name: 'labels',
      short: 'l',
      type: 'string',
      help: 'Labels to apply to the service created by this call.',
    },
    { name: 'load-balancer-ip', type: 'string', help: 'IP to assign to the LoadBalancer.' },
    { name: 'name', type: 'string', help: 'The name for the newly created object.' },
    ...overrideFlags,
    { name: 'port', type: 'string', help: 'The port that the service should serve on.' },
    { name: 'protocol', type: 'string', help: 'The network protocol for the service to be created.' },
    {
      name: 'session-affinity',
      type: 'string',
      help: "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    },
    {
      name: 'target-port',
      type: 'string',
      help: 'Name or number for the port on the container that the service should direct traffic to.',
    },
    {
      name: 'type',
      type: 'string',
      help: 'Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName.',
    },
  ],
  run: async context => {
    const files = namesFiles(context.flags);
    const { errors } = await visitEach<ResourceInfo>(
      async onError =>
        files ? (await select(context, { onError })).infos : fetchSelected(context, { onError }),
      async info => {
        const service = serviceFor(context, info.mapping, info.object as Exposable);
        await createObject(context, overridden(context.flags, service), false, 'exposed');
      },
    );
    throwAll(errors);
  },
});

/** The longest name that a Service takes (RFC 1035); one that is inherited is cut. */
const labelLengthMax = 63;

const exposable = ['Pod', 'Service', 'ReplicationController', 'Deployment', 'ReplicaSet'];

function serviceFor(context: CliContext, { kind, group }: Mapping, object: Exposable): NewObject {
  const { flags } = context;
  if (!exposable.includes(kind)) throw new CliError(`cannot expose a ${kind}.${group}`);
  const external = flags.string('external-ip');
  const type = flags.string('type');
  const affinity = flags.string('session-affinity');
  const labels = flags.string('labels') ? parseMap(flags.string('labels')) : object.metadata.labels;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: flags.string('name') || object.metadata.name!.slice(0, labelLengthMax),
      ...(labels ? { labels } : {}),
    },
    spec: {
      ports: portsFor(context, object),
      selector: flags.string('selector') ? parseMap(flags.string('selector')) : selectorOf(object),
      ...(external ? { externalIPs: [external] } : {}),
      ...(type ? { type } : {}),
      ...(flags.string('load-balancer-ip') && type === 'LoadBalancer'
        ? { loadBalancerIP: flags.string('load-balancer-ip') }
        : {}),
      ...(affinity ? { sessionAffinity: affinity } : {}),
      ...(flags.string('cluster-ip') ? { clusterIP: flags.string('cluster-ip') } : {}),
    },
    status: { loadBalancer: {} },
  };
}

function parseMap(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map(pair => {
      const [key = '', value] = pair.split('=');
      if (value === undefined) throw new CliError(`unexpected label spec: ${pair}`);
      return [key, value];
    }),
  );
}

function selectorOf(object: Exposable): Record<string, string> {
  if (object.kind === 'Pod') {
    if (Object.keys(object.metadata.labels ?? {}).length === 0)
      throw new CliError(
        "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
      );
    return object.metadata.labels!;
  }
  const selector = object.spec?.selector;
  if (selector?.matchExpressions?.length)
    throw new CliError(
      'couldn\'t retrieve selectors via --selector flag or introspection: couldn\'t convert expressions - "[]" to map-based selector format',
    );
  const labels =
    selector?.matchLabels ??
    (object.kind === 'Service' || object.kind === 'ReplicationController' ? selector : undefined);
  if (!labels || Object.keys(labels).length === 0)
    throw new CliError(
      "couldn't retrieve selectors via --selector flag or introspection: invalid deployment: no selectors, therefore cannot be exposed",
    );
  return labels as Record<string, string>;
}

function portsFor(context: CliContext, object: Exposable): unknown[] {
  const { flags } = context;
  const declared = declaredPorts(object);
  const asked = flags.string('port').split(',').filter(Boolean).map(Number);
  const ports = asked.length > 0 ? asked : declared.map(port => port.number);
  if (ports.length === 0) throw new CliError("couldn't find port via --port flag or introspection");
  const target = flags.string('target-port');
  return ports.map((port, i) => ({
    ...(ports.length > 1 ? { name: `port-${i + 1}` } : {}),
    port,
    protocol: flags.string('protocol') || declared.find(({ number }) => number === port)?.protocol || 'TCP',
    targetPort: target === '' ? port : /^\d+$/.test(target) ? Number(target) : target,
  }));
}

function declaredPorts({ kind, spec }: Exposable): { number: number; protocol: string }[] {
  if (kind === 'Service')
    return (spec?.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ number: port, protocol }));
  const containers = spec?.containers ?? spec?.template?.spec?.containers ?? [];
  return containers.flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol = 'TCP' }) => ({ number: containerPort, protocol })),
  );
}
