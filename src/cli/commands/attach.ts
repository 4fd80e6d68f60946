import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { detachKeysFlag, sessionFlags } from '../core/flag-groups.ts';
import { attachablePod, containerOf, type Pod } from '../core/pods.ts';
import { CliError } from '../errors.ts';
import { parseDetachKeys } from '../stream/detach-keys.ts';
import { runRemoteCommand } from '../stream/remote-command.ts';

export const attachCommand = defineCommand({
  name: 'attach',
  usage: '(POD | TYPE/NAME) -c CONTAINER',
  summary: 'Attach to a process that is already running inside an existing container.',
  examples: ['% attach mypod', '% attach mypod -c ruby-container -i -t'],
  flags: [...sessionFlags, detachKeysFlag],
  run: async context => {
    if (context.args.length === 0) throw context.usageError('at least 1 argument is required for attach');
    if (context.args.length > 2)
      throw context.usageError(
        'expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw '.concat(
          String(context.args.length),
        ),
      );
    const { flags } = context;
    const pod = await attachablePod(context, context.args.join('/'));
    await attachTo(context, pod, {
      container: flags.string('container'),
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    });
  },
});

export interface AttachOptions {
  readonly container: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly quiet: boolean;
}

/** Ties the terminal to a running container until it ends. */
export async function attachTo(context: CliContext, pod: Pod, options: AttachOptions): Promise<void> {
  const { io } = context;
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new CliError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  const container = containerOf(context, pod, options.container, options.quiet);
  const { containers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const spec = [...containers, ...ephemeralContainers].find(({ name }) => name === container);
  if (options.tty && !spec?.tty && !options.quiet)
    context.error(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
  // A container's terminal is one for whoever attaches, asked for or not.
  const raw = spec?.tty === true && options.stdin && io.stdin.isTerminal;
  if (spec?.tty && options.stdin && !io.stdin.isTerminal && !options.quiet)
    context.error('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  using terminal = raw ? io.stdin.raw() : undefined;
  void terminal;
  if (!options.quiet)
    context.error(
      "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
    );
  await runRemoteCommand(context, {
    pod: pod.metadata.name!,
    namespace: pod.metadata.namespace!,
    subresource: 'attach',
    container,
    command: [],
    stdin: options.stdin ? io.stdin.chunks() : undefined,
    detachKeys: raw ? detachKeysOf(context) : undefined,
    tty: raw,
    onStdout: data => io.stdout.write(data),
    onStderr: data => io.stderr.write(data),
  });
  if (raw && !options.quiet)
    context.out(
      sessionEnded(
        context,
        pod,
        container,
        ephemeralContainers.some(({ name }) => name === container),
      ),
    );
}

function detachKeysOf({ flags }: CliContext): number[] {
  const asked = flags.has('detach-keys') ? flags.string('detach-keys') : '';
  return parseDetachKeys(asked || String(detachKeysFlag.default));
}

function sessionEnded(
  context: CliContext,
  { metadata }: Pod,
  container: string,
  isEphemeral: boolean,
): string {
  const again = `${context.program} attach ${metadata.name} -c ${container} -n ${metadata.namespace} -i -t`;
  return isEphemeral
    ? `Session ended, the ephemeral container will not be restarted but may be reattached using '${again}' if it is still running\n`
    : `Session ended, resume using '${again}' command\n`;
}
