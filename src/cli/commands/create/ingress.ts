import { CliError } from '../../errors.ts';
import { defineGenerator } from './generator.ts';

interface Rule {
  readonly host: string;
  readonly path: unknown;
  readonly tls?: { readonly hosts?: string[]; readonly secretName?: string };
}

export const createIngress = defineGenerator({
  name: 'ingress',
  aliases: ['ing'],
  usage: 'NAME --rule=host/path=service:port[,tls[=secret]]',
  summary: 'Create an ingress with the specified name.',
  failure: 'failed to create ingress:',
  flags: [
    { name: 'class', type: 'string', help: 'Ingress Class to be used' },
    { name: 'rule', type: 'array', help: 'Rule in format host/path=service:port[,tls=secretname].' },
    {
      name: 'default-backend',
      type: 'string',
      help: 'Default service for backend, in format of svcname:port',
    },
    {
      name: 'annotation',
      type: 'array',
      help: 'Annotation to insert in the ingress object, in the format annotation=value',
    },
  ],
  build: ({ flags }, name) => {
    const rules = flags.list('rule').map(parseRule);
    const fallback = flags.string('default-backend');
    if (rules.length === 0 && fallback === '')
      throw new CliError(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    const annotations = Object.fromEntries(flags.list('annotation').map(text => splitOnce(text)));
    const hosts = [...new Set(rules.map(rule => rule.host))];
    const tls = rules.flatMap(rule => (rule.tls ? [rule.tls] : []));
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, ...(flags.changed('annotation') ? { annotations } : {}) },
      spec: {
        ...(flags.string('class') ? { ingressClassName: flags.string('class') } : {}),
        ...(fallback ? { defaultBackend: { service: serviceOf(fallback) } } : {}),
        ...(tls.length > 0 ? { tls } : {}),
        ...(rules.length > 0
          ? {
              rules: hosts.map(host => ({
                ...(host ? { host } : {}),
                http: { paths: rules.filter(rule => rule.host === host).map(rule => rule.path) },
              })),
            }
          : {}),
      },
      status: { loadBalancer: {} },
    };
  },
});

function parseRule(text: string): Rule {
  const [main = '', tlsPart] = text.split(',');
  const match = /^([^/=]*)(\/[^=]*)?=([^=]+:[^=]+)$/.exec(main);
  if (!match)
    throw new CliError(
      `rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`,
    );
  const [, host = '', path = '/', backend = ''] = match;
  const prefix = path.endsWith('*');
  return {
    host,
    path: {
      path: prefix ? path.slice(0, -1) : path,
      pathType: prefix ? 'Prefix' : 'Exact',
      backend: { service: serviceOf(backend) },
    },
    ...(tlsPart?.startsWith('tls')
      ? {
          tls: {
            ...(host ? { hosts: [host] } : {}),
            ...(tlsPart.includes('=') ? { secretName: splitOnce(tlsPart)[1] } : {}),
          },
        }
      : {}),
  };
}

function serviceOf(text: string): unknown {
  const [name, port = ''] = text.split(':');
  return { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } };
}

function splitOnce(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
