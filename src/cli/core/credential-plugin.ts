import type { ExecPlugin } from '#client/kubeconfig.ts';
import { BareError, CliError } from '../errors.ts';
import type { CliIo, ProcessResult } from '../io.ts';
import type { ClusterEntry } from './kubeconfig.ts';
import { isExecutable, pathFolders } from './plugins.ts';
import type { Preference } from './preferences.ts';

/** Which programs may be run for credentials; without a policy all may. */
export interface CredentialPluginPolicy {
  readonly policy: string;
  readonly commands: readonly string[];
}

/** What a program gave (client.authentication.k8s.io). */
export interface PluginCredentials {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
}

/** Whose program it is and who asks. */
export interface PluginUse {
  readonly io: CliIo;
  readonly user: string;
  readonly cluster: ClusterEntry;
  readonly policy: CredentialPluginPolicy | undefined;
  /** The command reads standard input itself. */
  readonly usesStdin: boolean;
}

/** The policy of the user's preferences. Throws where it is none. */
export function pluginPolicyOf({
  credentialPluginPolicy: policy = '',
  credentialPluginAllowlist: allowlist,
}: Preference): CredentialPluginPolicy {
  const commands = (allowlist ?? []).map(({ name, command }) => {
    if (name && command && name !== command)
      throw new BareError(
        'both `Name` and `Command` were supplied with different values. `Name` is deprecated, use `Command` instead',
      );
    return command || name || '';
  });
  switch (policy) {
    case '':
    case 'AllowAll':
    case 'DenyAll':
      if (allowlist)
        throw new BareError(
          `misconfigured credential plugin allowlist: plugin policy is ${JSON.stringify(policy)} but allowlist is non-nil`,
        );
      break;
    case 'Allowlist':
      checkAllowlist(allowlist && commands);
      break;
    default:
      throw new BareError(`unknown plugin policy: ${JSON.stringify(policy)}`);
  }
  return { policy, commands };
}

function checkAllowlist(commands: readonly string[] | undefined): void {
  if (!commands)
    throw new BareError('credential plugin policy set to "Allowlist", but allowlist is unspecified');
  if (commands.length === 0)
    throw new BareError(
      'credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead',
    );
  for (const [i, command] of commands.entries()) {
    if (command === '')
      throw new BareError(`misconfigured credential plugin allowlist: empty allowlist entry #${i + 1}`);
    const cleaned = cleanPath(command);
    if (cleaned !== command)
      throw new BareError(
        `non-normalized file path: ${JSON.stringify(command)} vs ${JSON.stringify(cleaned)}`,
      );
  }
}

/** As Go's filepath.Clean: no empty parts, no dots. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}` || '.';
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** Runs the program for its credentials. */
export async function runCredentialPlugin(exec: ExecPlugin, use: PluginUse): Promise<PluginCredentials> {
  const { apiVersion = '' } = exec;
  const mode = checkedMode(exec, use.user);
  if (!versions.includes(apiVersion))
    throw new CliError(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
  try {
    const isInteractive = interactive(mode, use);
    const command = await allowedCommand(cleanPath(exec.command), use);
    return credentialsIn(await run(exec, command, isInteractive, use), exec);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new BareError(`Unable to connect to the server: getting credentials: ${error.message}`);
  }
}

/** The interactive mode; v1 wants one to be said. Throws what is wrong with the entry. */
function checkedMode({ apiVersion, command, env, interactiveMode }: ExecPlugin, user: string): string {
  const usual = versions.indexOf(apiVersion ?? '') === 1 ? 'IfAvailable' : '';
  const mode = interactiveMode || usual;
  const missing = !command
    ? 'command'
    : !apiVersion
      ? 'apiVersion'
      : env?.some(({ name }) => !name)
        ? 'env variable name'
        : mode === ''
          ? 'interactiveMode'
          : undefined;
  if (missing)
    throw new CliError(`${missing} must be specified for ${user} to use exec authentication plugin`);
  if (!['Never', 'IfAvailable', 'Always'].includes(mode))
    throw new CliError(`invalid interactiveMode for ${user}: ${JSON.stringify(mode)}`);
  return mode;
}

function interactive(mode: string, { io, usesStdin }: PluginUse): boolean {
  if (mode === 'Never') return false;
  if (mode === 'IfAvailable') return !usesStdin && io.stdin.isTerminal;
  const why = !io.stdin.isTerminal
    ? 'standard input is not a terminal'
    : usesStdin
      ? 'standard input is unavailable: used by stdin resource manifest reader'
      : undefined;
  if (why) throw new CliError(`exec plugin cannot support interactive mode: ${why}`);
  return true;
}

/** Where the program is, if the policy lets it run. */
async function allowedCommand(command: string, { io, policy }: PluginUse): Promise<string> {
  if (policy?.policy === 'DenyAll')
    throw new CliError(`plugin ${JSON.stringify(command)} not allowed: policy set to "DenyAll"`);
  if (policy?.policy !== 'Allowlist' || policy.commands.includes(command)) return command;
  const path = await lookPath(io, command);
  if (path === undefined)
    throw new CliError(
      `plugin path ${JSON.stringify(command)} cannot be resolved for credential plugin allowlist check: exec: ${JSON.stringify(command)}: executable file not found in $PATH`,
    );
  for (const allowed of policy.commands) if ((await lookPath(io, allowed)) === path) return path;
  throw new CliError(
    `plugin path ${JSON.stringify(path)} is not permitted by the credential plugin allowlist`,
  );
}

async function lookPath(io: CliIo, command: string): Promise<string | undefined> {
  if (command.includes('/')) return (await isExecutable(io, command)) ? command : undefined;
  for (const folder of pathFolders(io))
    if (await isExecutable(io, `${folder}/${command}`)) return `${folder}/${command}`;
  return undefined;
}

const notInstalled = `
It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

async function run(
  exec: ExecPlugin,
  command: string,
  isInteractive: boolean,
  { io, cluster }: PluginUse,
): Promise<ProcessResult> {
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo ? { cluster } : {}), interactive: isInteractive },
  };
  const env = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  if ((await lookPath(io, command)) === undefined) {
    if (command.includes('/')) throw new CliError(`exec: fork/exec ${command}: no such file or directory`);
    const hint = exec.installHint ? `\n\n${exec.installHint}` : '';
    throw new CliError(`exec: executable ${exec.command} not found\n${notInstalled}${hint}`);
  }
  const result = await io.run(command, exec.args ?? [], {
    capture: true,
    withoutInput: !isInteractive,
    env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
  });
  if (result.code === 0) return result;
  throw new CliError(`exec: executable ${exec.command} failed with exit code ${result.code}`);
}

function credentialsIn({ stdout }: ProcessResult, { apiVersion }: ExecPlugin): PluginCredentials {
  const credential = parseCredential(new TextDecoder().decode(stdout));
  if (credential.apiVersion !== apiVersion)
    throw new CliError(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${credential.apiVersion ?? ''}`,
    );
  const { status } = credential;
  if (!status) throw new CliError("exec plugin didn't return a status field");
  const { token, clientCertificateData: certificate, clientKeyData: key } = status;
  if (!token && !certificate && !key)
    throw new CliError("exec plugin didn't return a token or cert/key pair");
  if (!certificate !== !key) throw new CliError('exec plugin returned only certificate or key, not both');
  return status;
}

function parseCredential(text: string): { apiVersion?: string; status?: PluginCredentials } {
  try {
    return JSON.parse(text) as { apiVersion?: string; status?: PluginCredentials };
  } catch (error) {
    throw new CliError(
      `decoding stdout: couldn't get version/kind; json parse error: ${(error as Error).message}`,
    );
  }
}
