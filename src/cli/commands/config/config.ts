import type { KubeObject } from '#machinery/object.ts';
import type { Command } from '../../core/command.ts';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { globalFlags, printFlags } from '../../core/flag-groups.ts';
import type { Flag } from '../../core/flags.ts';
import {
  type ClusterEntry,
  configPaths,
  type KubeConfig,
  readConfigFile,
  toConfigFile,
  type UserEntry,
  updateConfigFile,
} from '../../core/kubeconfig.ts';
import { CliError, throwAll } from '../../errors.ts';
import { changedCredentials, checkCredentials, credentialFlags } from './credentials.ts';
import { fileOf } from './files.ts';
import { setProperty, unsetProperty } from './property.ts';
import { tableTabs, tabbed } from '../../print/tabwriter.ts';

const redacted = [
  'client-key-data',
  'client-certificate-data',
  'certificate-authority-data',
  'token',
  'password',
];

const view = defineCommand({
  name: 'view',
  summary: 'Display merged kubeconfig settings or a specified kubeconfig file.',
  flags: [
    {
      name: 'flatten',
      type: 'bool',
      help: 'Flatten the resulting kubeconfig file into self-contained output.',
    },
    {
      name: 'merge',
      type: 'bool',
      default: true,
      help: 'Merge the full hierarchy of kubeconfig files',
    },
    {
      name: 'minify',
      type: 'bool',
      help: 'Remove all information not used by current-context from the output',
    },
    ...printFlags.map(flag => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
    { name: 'raw', type: 'bool', help: 'Display raw byte data and sensitive data' },
  ],
  run: async context => {
    const { flags } = context;
    const config = flags.bool('minify') ? minified(await context.config(), context) : await context.config();
    if (flags.bool('flatten')) await flatten(context, config);
    const file = toConfigFile(config);
    const shown = flags.bool('raw') || flags.bool('flatten') ? file : (redact(file) as typeof file);
    const printer = await context.printer();
    if (!printer) throw new CliError(`unable to match a printer suitable for the output format ""`);
    context.out(printer.print(shown as unknown as KubeObject) + printer.flush());
  },
});

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (!redacted.includes(key) || !part) return [key, redact(part)];
      return [
        key,
        key.endsWith('-data')
          ? key === 'certificate-authority-data' || key.startsWith('client')
            ? 'DATA+OMITTED'
            : part
          : 'REDACTED',
      ];
    }),
  );
}

function minified(config: KubeConfig, context: CliContext): KubeConfig {
  const name = context.flags.string('context') || config.currentContext;
  const entry = config.contexts.get(name);
  if (!entry)
    throw new CliError(
      name ? `cannot locate context ${name}` : 'current-context must exist in order to minify',
    );
  const only = <T>(map: ReadonlyMap<string, T>, key: string | undefined) =>
    new Map([...map].filter(([candidate]) => candidate === key));
  return {
    currentContext: name,
    contexts: only(config.contexts, name),
    clusters: only(config.clusters, entry.cluster),
    users: only(config.users, entry.user),
  };
}

/** Puts the files that the configuration names into it. */
async function flatten(context: CliContext, config: KubeConfig): Promise<void> {
  const inline = async (entry: ClusterEntry | UserEntry, field: string) => {
    const fields = entry as Record<string, unknown>;
    const path = fields[field];
    if (typeof path !== 'string') return;
    fields[`${field}-data`] = (await context.io.fs.read(path)).toBase64();
    delete fields[field];
  };
  for (const cluster of config.clusters.values()) await inline(cluster, 'certificate-authority');
  for (const user of config.users.values()) {
    await inline(user, 'client-certificate');
    await inline(user, 'client-key');
  }
}

const currentContext = defineCommand({
  name: 'current-context',
  summary: 'Display the current-context.',
  run: async context => {
    const { currentContext: name } = await context.config();
    if (name === '') throw new CliError('current-context is not set');
    context.out(`${name}\n`);
  },
});

const getContexts = defineCommand({
  name: 'get-contexts',
  usage: '[(-o|--output=)name)]',
  summary: 'Display one or many contexts from the kubeconfig file.',
  flags: [
    { name: 'no-headers', type: 'bool', help: "When using the default output format, don't print headers." },
    { name: 'output', short: 'o', type: 'string', help: 'Output format. One of: (name).' },
  ],
  run: async context => {
    const config = await context.config();
    const names = context.args.length > 0 ? context.args : [...config.contexts.keys()].sort();
    const missing = names.filter(name => !config.contexts.has(name));
    if (context.flags.string('output') === 'name')
      return context.out(
        names
          .filter(name => !missing.includes(name))
          .map(name => `${name}\n`)
          .join(''),
      );
    const rows = names
      .filter(name => config.contexts.has(name))
      .map(name => {
        const { cluster = '', user = '', namespace = '' } = config.contexts.get(name)!;
        return [name === config.currentContext ? '*' : '', name, cluster, user, namespace];
      });
    const head = context.flags.bool('no-headers')
      ? []
      : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']];
    context.out(tabbed([...head, ...rows].map(row => `${row.join('\t')}\n`).join(''), tableTabs));
    throwAll(missing.map(name => new CliError(`context ${name} not found`)));
  },
});

function listing(name: string, header: string, part: 'clusters' | 'users', summary: string): Command {
  return defineCommand({
    name,
    summary,
    run: async context => {
      const config = await context.config();
      context.out(`${[header, ...[...config[part].keys()].sort()].join('\n')}\n`);
    },
  });
}

async function useContextNamed(context: CliContext): Promise<void> {
  const [name] = context.args;
  if (!name) throw new CliError('Unexpected args: []');
  const config = await context.config();
  if (!config.contexts.has(name)) throw new CliError(`no context exists with the name: "${name}"`);
  const path = await fileOf(context, file => file.currentContext !== '');
  await updateConfigFile(context.io, path, file => {
    file.currentContext = name;
  });
  context.out(`Switched to context "${name}".\n`);
}

const useContext = defineCommand({
  name: 'use-context',
  aliases: ['use'],
  usage: 'CONTEXT_NAME',
  summary: 'Set the current-context in a kubeconfig file.',
  run: useContextNamed,
});

/** What is said where no name is, by command. */
const nameless: Readonly<Record<string, string>> = {
  'set-context': 'you must specify a non-empty context name or --current',
  'set-credentials': 'unexpected args: []',
};

interface Setter {
  readonly name: string;
  readonly part: 'clusters' | 'users' | 'contexts';
  readonly noun: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** The fields that a flag of the command's own or of every command sets. */
  readonly fields: Readonly<Record<string, string>>;
  readonly check?: (context: CliContext) => void;
  /** What else the flags change of the entry. */
  readonly change?: (context: CliContext, entry: object) => object;
}

function setting({ name, part, noun, summary, flags, fields, check, change }: Setter): Command {
  return defineCommand({
    name,
    usage: 'NAME',
    summary,
    flags: [...flags, ...entryFlags(noun, fields)],
    run: async context => {
      const current = name === 'set-context' && context.flags.bool('current');
      const entryName = current ? (await context.config()).currentContext : context.args[0];
      if (!entryName) throw new CliError(nameless[name] ?? `Unexpected args: [${context.args.join(' ')}]`);
      check?.(context);
      let existed = false;
      const path = await fileOf(context, file => file[part].has(entryName));
      const changes = await changesOf(context, fields);
      await updateConfigFile(context.io, path, file => {
        const map = file[part] as Map<string, object>;
        existed = map.has(entryName);
        const entry = { ...map.get(entryName), ...changes };
        map.set(entryName, change?.(context, entry) ?? entry);
      });
      context.out(
        `${noun} "${entryName}" ${noun === 'Context' ? (existed ? 'modified' : 'created') : 'set'}.\n`,
      );
    },
  });
}

/** The flags of every command that set a field of the entry, said of it here. */
function entryFlags(noun: string, fields: Setter['fields']): Flag[] {
  return globalFlags
    .filter(({ name }) => Object.hasOwn(fields, name))
    .map(({ short: _, ...flag }) => ({
      ...flag,
      help: `${flag.name} for the ${noun.toLowerCase()} entry in kubeconfig`,
    }));
}

async function changesOf(
  context: CliContext,
  fields: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const { flags, io } = context;
  const changes: Record<string, unknown> = {};
  for (const [flag, field] of Object.entries(fields)) {
    if (!flags.changed(flag)) continue;
    const file = ['certificate-authority', 'client-certificate', 'client-key'].includes(flag);
    if (flag === 'insecure-skip-tls-verify') changes[field] = flags.bool(flag);
    else if (file && flags.has('embed-certs') && flags.bool('embed-certs'))
      changes[`${field}-data`] = (await io.fs.read(flags.string(flag))).toBase64();
    else if (file)
      changes[field] = flags.string(flag).startsWith('/')
        ? flags.string(flag)
        : `${io.cwd}/${flags.string(flag)}`;
    else changes[field] = flags.string(flag);
  }
  return changes;
}

const embed: Flag = { name: 'embed-certs', type: 'bool', help: 'Embed the certificates in the kubeconfig' };

const setCluster = setting({
  name: 'set-cluster',
  part: 'clusters',
  noun: 'Cluster',
  summary: 'Set a cluster entry in kubeconfig.',
  flags: [embed, { name: 'proxy-url', type: 'string', help: 'Proxy to use for requests to the cluster' }],
  fields: {
    server: 'server',
    'certificate-authority': 'certificate-authority',
    'insecure-skip-tls-verify': 'insecure-skip-tls-verify',
    'tls-server-name': 'tls-server-name',
    'proxy-url': 'proxy-url',
  },
});

const setContext = setting({
  name: 'set-context',
  part: 'contexts',
  noun: 'Context',
  summary: 'Set a context entry in kubeconfig.',
  flags: [{ name: 'current', type: 'bool', help: 'Modify the current context' }],
  fields: { cluster: 'cluster', user: 'user', namespace: 'namespace' },
});

const setCredentials = setting({
  name: 'set-credentials',
  part: 'users',
  noun: 'User',
  summary: 'Set a user entry in kubeconfig.',
  flags: [embed, ...credentialFlags],
  check: checkCredentials,
  change: changedCredentials,
  fields: {
    'client-certificate': 'client-certificate',
    'client-key': 'client-key',
    token: 'token',
    username: 'username',
    password: 'password',
  },
});

function deleting(name: string, part: 'clusters' | 'users' | 'contexts', noun: string): Command {
  return defineCommand({
    name,
    usage: 'NAME',
    summary: `Delete the specified ${noun} from the kubeconfig.`,
    run: async context => {
      const [entryName] = context.args;
      if (!entryName) throw context.usageError(`you must specify a ${noun} to delete`);
      const path = await fileOf(context, file => file[part].has(entryName));
      const config = await readConfigFile(context.io.fs, path);
      if (!config?.[part].has(entryName))
        throw new CliError(`cannot delete ${noun} ${entryName}, not in ${path}`);
      if (part === 'contexts' && config.currentContext === entryName)
        context.error(
          `warning: this removed your active context, use "${context.program} config use-context" to select a different one\n`,
        );
      await updateConfigFile(context.io, path, file => void file[part].delete(entryName));
      context.out(`deleted ${noun} ${entryName} from ${path}\n`);
    },
  });
}

const renameContext = defineCommand({
  name: 'rename-context',
  usage: 'CONTEXT_NAME NEW_NAME',
  summary: 'Rename a context from the kubeconfig file.',
  run: async context => {
    const [from, to] = context.args;
    if (!from || !to) throw new CliError(`Unexpected args: [${context.args.join(' ')}]`);
    const config = await context.config();
    if (!config.contexts.has(from))
      throw new CliError(
        `cannot rename the context "${from}", it's not in ${configPaths(context.flags, context.io).join(':')}`,
      );
    if (config.contexts.has(to))
      throw new CliError(
        `cannot rename the context "${from}", the context "${to}" already exists in ${configPaths(context.flags, context.io).join(':')}`,
      );
    const path = await fileOf(context, file => file.contexts.has(from));
    await updateConfigFile(context.io, path, file => {
      file.contexts.set(to, file.contexts.get(from)!);
      file.contexts.delete(from);
      if (file.currentContext === from) file.currentContext = to;
    });
    context.out(`Context "${from}" renamed to "${to}".\n`);
  },
});

export const configCommand = defineCommand({
  name: 'config',
  usage: 'SUBCOMMAND',
  summary: 'Modify kubeconfig files.',
  subcommands: [
    currentContext,
    deleting('delete-cluster', 'clusters', 'cluster'),
    deleting('delete-context', 'contexts', 'context'),
    deleting('delete-user', 'users', 'user'),
    listing('get-clusters', 'NAME', 'clusters', 'Display clusters defined in the kubeconfig.'),
    getContexts,
    listing('get-users', 'NAME', 'users', 'Display users defined in the kubeconfig.'),
    renameContext,
    setProperty,
    setCluster,
    setContext,
    setCredentials,
    unsetProperty,
    useContext,
    view,
  ],
});
