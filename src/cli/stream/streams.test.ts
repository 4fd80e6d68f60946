import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { CliContext } from '../core/context.ts';
import type { ChannelSocket, Connection } from '../core/connection.ts';
import { globalFlags } from '../core/flag-groups.ts';
import { FlagValues } from '../core/flags.ts';
import { ExitError } from '../errors.ts';
import type { LocalSocket } from '../io.ts';
import { MemoryIo } from '../testing.ts';
import { frame } from './channels.ts';
import { forwardConnection } from './port-forward.ts';
import { runRemoteCommand } from './remote-command.ts';
import { pathWithin } from './untar.ts';

/** A server that says `script` and keeps what it is told. */
function scripted(script: readonly Uint8Array[]) {
  const sent: Uint8Array[] = [];
  const opened: { path: string; protocols: readonly string[] }[] = [];
  const socket: ChannelSocket = {
    protocol: 'v5.channel.k8s.io',
    send: async data => void sent.push(data),
    async *messages() {
      yield* script;
    },
    close() {},
  };
  const connection: Connection = {
    transport: {} as Connection['transport'],
    openSocket: async (path, protocols) => {
      opened.push({ path, protocols });
      return socket;
    },
    proxy: () => Promise.reject(new Error('no proxy here')),
    [Symbol.dispose]() {},
  };
  const io = new MemoryIo(new VirtualClock(() => Promise.resolve()), new SeededRandom(1));
  const flags = new FlagValues(globalFlags);
  const context = new CliContext({
    io,
    connect: () => connection,
    flags,
    globals: flags,
    args: [],
    commands: [],
    dashAt: -1,
    program: 'coxswain',
    commandPath: 'coxswain exec',
  });
  return { context, io, sent, opened };
}

const command = (io: MemoryIo) => ({
  pod: 'p',
  namespace: 'n',
  subresource: 'exec' as const,
  container: 'c',
  command: ['ls', '-l'],
  tty: false,
  onStdout: (data: Uint8Array) => io.stdout.write(data),
  onStderr: (data: Uint8Array) => io.stderr.write(data),
});

test('a remote command gets its words and its input, and its output comes apart', async () => {
  const { context, io, sent, opened } = scripted([
    frame(1, 'out'),
    frame(2, 'err'),
    frame(3, '{"status":"Success"}'),
  ]);
  io.input = 'in';
  await runRemoteCommand(context, { ...command(io), stdin: io.stdin.chunks() });
  assert.equal(
    opened[0]!.path,
    '/api/v1/namespaces/n/pods/p/exec?command=ls&command=-l&container=c&stdin=true&stdout=true&stderr=true',
  );
  assert.deepEqual([io.output, io.errors], ['out', 'err']);
  assert.deepEqual(
    sent.map(data => [...data]),
    [[...frame(0, 'in')], [255, 0]],
  );
});

test('the exit code of a remote command is ours', async () => {
  const status = {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: 'command terminated with non-zero exit code',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  };
  const { context, io } = scripted([frame(3, JSON.stringify(status))]);
  await assert.rejects(runRemoteCommand(context, command(io)), (error: unknown) => {
    assert.ok(error instanceof ExitError);
    assert.equal(error.exitCode, 3);
    return true;
  });
  assert.equal(io.errors, 'command terminated with exit code 3\n');
});

test('a forwarded connection skips the port frames and carries data both ways', async () => {
  const { context, sent, opened } = scripted([
    frame(0, Uint8Array.of(80, 0)),
    frame(1, Uint8Array.of(80, 0)),
    frame(0, 'answer'),
  ]);
  let got = '';
  let ended = false;
  const local: LocalSocket = {
    remote: 'test',
    async *chunks() {
      yield new TextEncoder().encode('question');
    },
    write: async data => {
      got += new TextDecoder().decode(data);
    },
    end: () => {
      ended = true;
    },
    destroy() {},
  };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } };
  await forwardConnection(context, pod, 80, local);
  assert.equal(opened[0]!.path, '/api/v1/namespaces/n/pods/p/portforward?ports=80');
  assert.deepEqual(opened[0]!.protocols, ['v4.channel.k8s.io']);
  assert.equal(new TextDecoder().decode(sent[0]), '\0question');
  assert.deepEqual([got, ended], ['answer', true]);
});

test('what an archive unpacks stays inside its target', () => {
  assert.equal(pathWithin('/d', 'tmp/x', 'tmp/x'), '/d');
  assert.equal(pathWithin('/d', 'tmp/x', 'tmp/x/a/b'), '/d/a/b');
  assert.equal(pathWithin('/d', 'tmp/x', 'tmp/x/../../etc/passwd'), undefined);
  assert.equal(pathWithin('/d', 'tmp/x', '/etc/passwd'), undefined);
});
