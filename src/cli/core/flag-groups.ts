import { CliError } from '../errors.ts';
import type { Flag, FlagValues } from './flags.ts';

export const kubeconfigFlag: Flag = {
  name: 'kubeconfig',
  type: 'string',
  help: 'Path to the kubeconfig file to use for CLI requests.',
};

export const kubercFlag: Flag = {
  name: 'kuberc',
  type: 'string',
  help: 'Path to the kuberc file to use for preferences. KUBERC=off turns them off.',
};

/** The flags every command takes: which cluster, as whom, and where. */
export const globalFlags: readonly Flag[] = [
  { name: 'as', type: 'string', help: 'Username to impersonate for the operation.' },
  { name: 'as-group', type: 'array', help: 'Group to impersonate for the operation; may be repeated.' },
  { name: 'as-uid', type: 'string', help: 'UID to impersonate for the operation.' },
  {
    name: 'as-user-extra',
    type: 'array',
    help: 'key=value of the extra fields of the user to impersonate; may be repeated, also for one key.',
  },
  {
    name: 'cache-dir',
    type: 'string',
    help: 'Kept for compatibility: nothing is cached.',
  },
  {
    name: 'certificate-authority',
    type: 'string',
    help: 'Path to a cert file for the certificate authority',
  },
  { name: 'client-certificate', type: 'string', help: 'Path to a client certificate file for TLS' },
  { name: 'client-key', type: 'string', help: 'Path to a client key file for TLS' },
  { name: 'cluster', type: 'string', help: 'The name of the kubeconfig cluster to use' },
  { name: 'context', type: 'string', help: 'The name of the kubeconfig context to use' },
  {
    name: 'disable-compression',
    type: 'bool',
    help: 'Kept for compatibility: compressed answers are never asked for.',
  },
  {
    name: 'insecure-skip-tls-verify',
    type: 'bool',
    help: "If true, the server's certificate will not be checked for validity.",
  },
  kubeconfigFlag,
  kubercFlag,
  {
    name: 'log-flush-frequency',
    type: 'duration',
    default: 5000,
    help: 'Kept for compatibility: log lines are written at once.',
  },
  {
    name: 'match-server-version',
    type: 'bool',
    help: 'Require server version to match client version',
  },
  {
    name: 'namespace',
    short: 'n',
    type: 'string',
    help: 'If present, the namespace scope for this CLI request',
  },
  { name: 'password', type: 'string', help: 'Password for basic authentication to the API server' },
  {
    name: 'profile',
    type: 'string',
    default: 'none',
    help: 'Kept for compatibility: Node has profilers of its own.',
  },
  {
    name: 'profile-output',
    type: 'string',
    default: 'profile.pprof',
    help: 'Kept for compatibility.',
  },
  {
    name: 'request-timeout',
    type: 'string',
    default: '0',
    help: 'How long to wait before giving up on a single server request. 0 means no timeout.',
  },
  {
    name: 'server',
    short: 's',
    type: 'string',
    help: 'The address and port of the Kubernetes API server',
  },
  {
    name: 'tls-server-name',
    type: 'string',
    help: 'Server name to use for server certificate validation',
  },
  { name: 'token', type: 'string', help: 'Bearer token for authentication to the API server' },
  { name: 'user', type: 'string', help: 'The name of the kubeconfig user to use' },
  { name: 'username', type: 'string', help: 'Username for basic authentication to the API server' },
  { name: 'v', short: 'v', type: 'int', help: 'number for the log level verbosity' },
  { name: 'vmodule', type: 'string', help: 'Kept for compatibility: only -v makes a difference.' },
  {
    name: 'warnings-as-errors',
    type: 'bool',
    help: 'Treat warnings received from the server as errors and exit with a non-zero exit code',
  },
  { name: 'help', short: 'h', type: 'bool', help: 'Help for the command' },
];

export const filenameFlag: Flag = {
  name: 'filename',
  short: 'f',
  type: 'list',
  help: 'Filename, directory, or URL to files to use.',
};

/** Of commands that take files, but no kustomization; they search folders to the bottom. */
export const fileFlags: readonly Flag[] = [
  filenameFlag,
  {
    name: 'recursive',
    short: 'R',
    type: 'bool',
    default: true,
    help: 'Process the directory used in -f, --filename recursively.',
  },
];

export const filenameFlags: readonly Flag[] = [
  filenameFlag,
  {
    name: 'recursive',
    short: 'R',
    type: 'bool',
    help: 'Process the directory used in -f, --filename recursively.',
  },
  {
    name: 'kustomize',
    short: 'k',
    type: 'string',
    help: "Process the kustomization directory. This flag can't be used together with -f or -R.",
  },
];

export const selectorFlag: Flag = {
  name: 'selector',
  short: 'l',
  type: 'string',
  help: "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.",
};

export const fieldSelectorFlag: Flag = {
  name: 'field-selector',
  type: 'string',
  help: "Selector (field query) to filter on, supports '=', '==', and '!='.",
};

export const allNamespacesFlag: Flag = {
  name: 'all-namespaces',
  short: 'A',
  type: 'bool',
  help: 'If present, list the requested object(s) across all namespaces.',
};

export const chunkSizeFlag: Flag = {
  name: 'chunk-size',
  type: 'int',
  default: 500,
  help: 'Return large lists in chunks rather than all at once. Pass 0 to disable.',
};

export const dryRunFlag: Flag = {
  name: 'dry-run',
  type: 'string',
  default: 'none',
  bare: 'unchanged',
  help: 'Must be "none", "server", or "client".',
};

export const fieldManagerFlag = (name: string): Flag => ({
  name: 'field-manager',
  type: 'string',
  default: name,
  help: 'Name of the manager used to track field ownership.',
});

/** Who applies on the server: a manager of its own, unless the flag names one. */
export function serverSideManager(flags: FlagValues): string {
  return flags.changed('field-manager') ? flags.string('field-manager') : 'kubectl';
}

export const validateFlag: Flag = {
  name: 'validate',
  type: 'string',
  default: 'strict',
  bare: 'strict',
  help: 'Must be one of: strict (or true), warn, ignore (or false).',
};

export const subresourceFlag: Flag = {
  name: 'subresource',
  type: 'string',
  help: 'If specified, the command works on the subresource of the requested object.',
};

export const windowsLineEndingsFlag: Flag = {
  name: 'windows-line-endings',
  type: 'bool',
  help: "Edit a file whose lines end as Windows' do.",
};

export const saveConfigFlag: Flag = {
  name: 'save-config',
  type: 'bool',
  help: 'If true, the configuration of current object will be saved in its annotation.',
};

/** -o and what belongs to it, for commands that print the objects they wrote. */
export const printFlags: readonly Flag[] = [
  {
    name: 'output',
    short: 'o',
    type: 'string',
    help: 'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
  },
  {
    name: 'template',
    type: 'string',
    help: 'Template string or path to template file to use when -o=go-template, -o=go-template-file.',
  },
  {
    name: 'allow-missing-template-keys',
    type: 'bool',
    default: true,
    help: 'If true, ignore any errors in templates when a field or map key is missing in the template.',
  },
  {
    name: 'show-managed-fields',
    type: 'bool',
    help: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
  },
];

/** What --dry-run asks for. */
export type DryRun = 'none' | 'client' | 'server';

export function dryRunOf(flags: FlagValues): DryRun {
  const value = flags.string('dry-run');
  switch (value) {
    case 'none':
    case 'client':
    case 'server':
      return value;
    case dryRunFlag.bare:
      return 'client';
    default:
      if (/^(1|t|T|TRUE|true|True)$/.test(value)) return 'client';
      if (/^(0|f|F|FALSE|false|False)$/.test(value)) return 'none';
      throw new CliError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  }
}

/** What is said of a --dry-run that names no mode, and the line that says it in kubectl. */
export function dryRunDeprecation(flags: FlagValues): { source: string; text: string } | undefined {
  const value = flags.string('dry-run');
  const mode = dryRunOf(flags);
  if (value === dryRunFlag.bare)
    return {
      source: 'helpers.go:719',
      text: '--dry-run is deprecated and can be replaced with --dry-run=client.',
    };
  if (['none', 'client', 'server'].includes(value)) return undefined;
  return {
    source: mode === 'client' ? 'helpers.go:733' : 'helpers.go:736',
    text: `--dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=${mode}.`,
  };
}

/** The fieldValidation parameter that --validate asks for. */
export function validationOf(flags: FlagValues): 'Strict' | 'Warn' | 'Ignore' {
  switch (flags.string('validate')) {
    case '':
    case 'true':
    case 'strict':
      return 'Strict';
    case 'warn':
      return 'Warn';
    case 'ignore':
    case 'false':
      return 'Ignore';
    default:
      throw new CliError(
        `invalid - validate option ${JSON.stringify(flags.string('validate'))}; must be one of: strict (or true), warn, ignore (or false)`,
      );
  }
}

/** Of a session with a container. */
export const sessionFlags: readonly Flag[] = [
  { name: 'container', short: 'c', type: 'string', help: 'Container name.' },
  {
    name: 'pod-running-timeout',
    type: 'duration',
    default: 60_000,
    help: 'How long to wait until at least one pod is running',
  },
  { name: 'quiet', short: 'q', type: 'bool', help: 'Only print output from the remote session' },
  { name: 'stdin', short: 'i', type: 'bool', help: 'Pass stdin to the container' },
  { name: 'tty', short: 't', type: 'bool', help: 'Stdin is a TTY' },
];

export const detachKeysFlag: Flag = {
  name: 'detach-keys',
  type: 'string',
  default: 'ctrl-p,ctrl-q',
  help: 'Override the key sequence for detaching a container.',
};

/** The propagation policy that --cascade asks for. */
export function propagationOf(cascade: string): string {
  switch (cascade) {
    case 'background':
    case 'true':
      return 'Background';
    case 'foreground':
      return 'Foreground';
    case 'orphan':
    case 'false':
      return 'Orphan';
    default:
      throw new CliError(
        `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
      );
  }
}

/** Of commands that delete what they then create anew. */
export const replacedFlags: readonly Flag[] = [
  {
    name: 'force',
    type: 'bool',
    help: 'If true, objects are deleted at once, without grace, and created anew.',
  },
  {
    name: 'grace-period',
    type: 'int',
    default: -1,
    help: 'Seconds given to the resource to terminate gracefully, with --force.',
  },
  {
    name: 'cascade',
    type: 'string',
    default: 'background',
    bare: 'background',
    help: 'Must be "background", "orphan", or "foreground".',
  },
  { name: 'timeout', type: 'duration', help: 'The length of time to wait before giving up on a delete.' },
  { name: 'wait', type: 'bool', help: 'If true, wait for resources to be gone before returning.' },
];
