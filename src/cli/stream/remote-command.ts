import type { Status } from '#machinery/status.ts';
import { StatusError } from '#machinery/status.ts';
import { CliError, ExitError } from '../errors.ts';
import type { CliContext } from '../core/context.ts';
import { channel, frame, sendAll } from './channels.ts';
import { untilDetached } from './detach-keys.ts';

/** A process in a container: what to run, and what of ours it is tied to. */
export interface RemoteCommand {
  readonly pod: string;
  readonly namespace: string;
  readonly subresource: 'exec' | 'attach';
  readonly container?: string;
  readonly command: readonly string[];
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Keys that end the session and leave the process. */
  readonly detachKeys?: readonly number[];
  readonly tty: boolean;
  readonly onStdout: (data: Uint8Array) => void | Promise<void>;
  readonly onStderr?: (data: Uint8Array) => void;
}

const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Runs it to its end. A command that fails throws an ExitError with its code. */
export async function runRemoteCommand(context: CliContext, remote: RemoteCommand): Promise<void> {
  const socket = await (await context.connection()).openSocket(requestPath(remote), protocols);
  using resizing = remote.tty
    ? followSize(context, data => void socket.send(data).catch(() => {}))
    : undefined;
  void resizing;
  const onInterrupt = () => socket.close();
  context.io.interrupted.addEventListener('abort', onInterrupt, { once: true });
  // Input that outlives the command must not keep it alive; a socket closed under it ends it.
  const input = inputOf(remote, onInterrupt);
  if (input) void sendAll(socket, channel.stdin, input).catch(() => socket.close());
  let outcome: Status | undefined;
  try {
    for await (const message of socket.messages()) {
      const data = message.subarray(1);
      if (message[0] === channel.stdout) await remote.onStdout(data);
      else if (message[0] === channel.stderr) remote.onStderr?.(data);
      else if (message[0] === channel.error && data.length > 0)
        outcome = JSON.parse(new TextDecoder().decode(data)) as Status;
    }
  } finally {
    context.io.interrupted.removeEventListener('abort', onInterrupt);
    socket.close();
  }
  throwOutcome(context, outcome);
}

function inputOf(
  { stdin, detachKeys }: RemoteCommand,
  detached: () => void,
): AsyncIterable<Uint8Array> | undefined {
  return stdin && detachKeys ? untilDetached(stdin, detachKeys, detached) : stdin;
}

function requestPath(remote: RemoteCommand): string {
  const query = new URLSearchParams();
  for (const word of remote.command) query.append('command', word);
  if (remote.container) query.set('container', remote.container);
  if (remote.stdin) query.set('stdin', 'true');
  query.set('stdout', 'true');
  if (!remote.tty) query.set('stderr', 'true');
  else query.set('tty', 'true');
  const { namespace, pod, subresource } = remote;
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/${subresource}?${query}`;
}

function followSize(context: CliContext, send: (data: Uint8Array) => void): Disposable {
  const report = () => {
    const size = context.io.stdout.size();
    if (size) send(frame(channel.resize, JSON.stringify({ Width: size.width, Height: size.height })));
  };
  report();
  return context.io.onResize(report);
}

function throwOutcome(context: CliContext, outcome: Status | undefined): void {
  if (!outcome || outcome.status === 'Success') return;
  const code = outcome.details?.causes?.find(cause => cause.reason === 'ExitCode')?.message;
  if (code !== undefined) {
    context.error(`command terminated with exit code ${code}\n`);
    throw new ExitError(Number(code));
  }
  throw outcome.reason ? new StatusError(outcome) : new CliError(outcome.message ?? 'the command failed');
}
