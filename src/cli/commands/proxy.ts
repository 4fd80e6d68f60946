import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { klogHead } from '../core/logged-transport.ts';
import { type ProxyRules, regexpList, routeOf } from '../core/proxy-routes.ts';
import { CliError } from '../errors.ts';

const defaultPort = 8001;

export const proxyCommand = defineCommand({
  name: 'proxy',
  usage: '[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  summary: 'Run a proxy to the Kubernetes API server',
  details: `Serves the API on this machine, as the user of the kubeconfig, to whoever can reach the port or socket. Static files may be
served beside it, below a prefix of their own.`,
  examples: [
    '% proxy --api-prefix=/',
    '% proxy --www=/my/files --www-prefix=/static/ --api-prefix=/api/',
    '% proxy --port=0',
  ],
  flags: [
    {
      name: 'port',
      short: 'p',
      type: 'int',
      default: defaultPort,
      help: 'The port on which to run the proxy. Set to 0 to pick a random port.',
    },
    { name: 'address', type: 'string', default: '127.0.0.1', help: 'The IP address on which to serve on.' },
    { name: 'unix-socket', short: 'u', type: 'string', help: 'Unix socket on which to run the proxy.' },
    {
      name: 'www',
      short: 'w',
      type: 'string',
      help: 'Also serve static files from the given directory under the specified prefix.',
    },
    {
      name: 'www-prefix',
      short: 'P',
      type: 'string',
      default: '/static/',
      help: 'Prefix to serve static files under, if static file directory is specified.',
    },
    { name: 'api-prefix', type: 'string', default: '/', help: 'Prefix to serve the proxied API under.' },
    {
      name: 'accept-paths',
      type: 'string',
      default: '^.*',
      help: 'Regular expression for paths that the proxy should accept.',
    },
    {
      name: 'reject-paths',
      type: 'string',
      default: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
      help: 'Regular expression for paths that the proxy should reject, even if accepted by --accept-paths.',
    },
    {
      name: 'accept-hosts',
      type: 'string',
      default: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
      help: 'Regular expression for hosts that the proxy should accept.',
    },
    {
      name: 'reject-methods',
      type: 'string',
      default: '^$',
      help: "Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH').",
    },
    {
      name: 'disable-filter',
      type: 'bool',
      help: 'If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.',
    },
    {
      name: 'keepalive',
      type: 'duration',
      help: 'The keep-alive period for an active network connection. Set to 0 to disable keepalive.',
    },
    {
      name: 'append-server-path',
      type: 'bool',
      help: 'If true, enables automatic path appending of the kube context server path to each request.',
    },
  ],
  run: async context => {
    const { flags, io } = context;
    const socket = flags.string('unix-socket');
    await warn(context);
    const rules = rulesOf(context);
    if (flags.int('port') !== defaultPort && socket !== '')
      throw new CliError('cannot set --unix-socket and --port at the same time');
    const connection = await context.connection();
    using server = await connection.proxy({
      ...(socket ? { socket } : { address: flags.string('address'), port: flags.int('port') }),
      files: flags.string('www'),
      keepaliveMs: flags.duration('keepalive'),
      appendsServerPath: flags.bool('append-server-path'),
      route: request => routeOf(request, rules),
      failed: error =>
        log(context, 'E', `"Unhandled Error" err="Error while proxying request: ${error.message}"`),
    });
    context.out(`Starting to serve on ${server.address}\n`);
    await new Promise<void>(resolve => {
      if (io.interrupted.aborted) resolve();
      io.interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  },
});

function rulesOf({ flags }: CliContext): ProxyRules {
  const prefix = (name: string) => flags.string(name).replace(/\/?$/, '/');
  const list = (name: string) => regexpList(flags.string(name));
  return {
    apiPrefix: prefix('api-prefix'),
    filesPrefix: flags.string('www') ? prefix('www-prefix') : undefined,
    filter: flags.bool('disable-filter')
      ? undefined
      : {
          acceptPaths: list('accept-paths'),
          rejectPaths: list('reject-paths'),
          acceptHosts: list('accept-hosts'),
          rejectMethods: list('reject-methods'),
        },
  };
}

async function warn(context: CliContext): Promise<void> {
  const { flags, io } = context;
  const { server } = await context.target();
  const path = URL.canParse(server) ? new URL(server).pathname : '/';
  if (path !== '/' && !flags.bool('append-server-path'))
    log(
      context,
      'W',
      `Your kube context contains a server path ${path}, use --append-server-path to automatically append the path to each request`,
    );
  if (flags.bool('disable-filter') && flags.string('unix-socket') === '')
    log(
      context,
      'W',
      'Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious',
    );
  const folder = flags.string('www');
  const found = folder === '' ? undefined : await io.fs.stat(folder);
  if (folder !== '' && !found)
    log(context, 'W', `Failed to stat static file directory ${folder}: no such file or directory`);
  else if (found && found.kind !== 'directory')
    log(context, 'W', `Static file directory ${folder} is not a directory`);
}

function log({ io }: CliContext, severity: string, text: string): void {
  const head = klogHead(io.clock.now(), io.processId, 'proxy', severity);
  io.stderr.write(`${head}${text}\n`);
}
