import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type {
  CliFs,
  CliInput,
  CliIo,
  FileStat,
  LocalListener,
  LocalSocket,
  ProcessOptions,
  ProcessResult,
} from './io.ts';

const sameInterruptMs = 500;

/** The command line's world in a Node process. Dispose to give the process its signals back. */
export function nodeIo(clock: Clock, random: Random): CliIo & Disposable {
  const interruption = new AbortController();
  let interruptedMs = 0;
  const onSignal = () => {
    // A second signal ends a command that does not heed the first. A terminal's Ctrl-C comes more than once at the
    // same moment: from the terminal itself, and from each launcher that passes it on.
    if (interruption.signal.aborted && clock.monotonicMs() - interruptedMs > sameInterruptMs)
      process.exit(130);
    interruptedMs ||= clock.monotonicMs();
    interruption.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const ignoreBrokenPipe = (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  };
  // For good: what is still on its way out when the command is done may find the pipe broken too.
  process.stdout.on('error', ignoreBrokenPipe);
  const cwd = process.cwd();
  return {
    stdout: {
      isTerminal: process.stdout.isTTY === true,
      write: text => void process.stdout.write(text),
      size: () =>
        process.stdout.isTTY ? { width: process.stdout.columns, height: process.stdout.rows } : undefined,
    },
    stderr: { write: text => void process.stderr.write(text) },
    stdin: nodeInput(),
    env: process.env,
    processId: process.pid,
    cwd,
    home: homedir(),
    fs: nodeFs(cwd),
    clock,
    random,
    interrupted: interruption.signal,
    onResize(fn) {
      process.stdout.on('resize', fn);
      return { [Symbol.dispose]: () => void process.stdout.off('resize', fn) };
    },
    run: runProgram,
    async download(url) {
      const response = await fetch(url);
      return { status: response.status, statusText: response.statusText, text: await response.text() };
    },
    listen,
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      // Input that nobody reads any more must not keep the process alive.
      process.stdin.destroy();
    },
  };
}

function nodeInput(): CliInput {
  return {
    isTerminal: process.stdin.isTTY === true,
    async readAll() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
    async *chunks() {
      try {
        for await (const chunk of process.stdin) yield chunk as Uint8Array;
      } finally {
        process.stdin.pause();
      }
    },
    raw() {
      process.stdin.setRawMode(true);
      return { [Symbol.dispose]: () => void process.stdin.setRawMode(false) };
    },
  };
}

/** The platform's files. */
export function nodeFs(cwd: string): CliFs {
  const at = (path: string) => resolve(cwd, path);
  return {
    read: path => readFile(at(path)),
    write: (path, data, mode) => writeFile(at(path), data, mode === undefined ? {} : { mode }),
    stat: path => statOf(at(path)),
    realPath: path => realPathOf(at(path)),
    list: async path => (await readdir(at(path))).sort(),
    makeDirectory: async path => void (await mkdir(at(path), { recursive: true })),
    remove: path => rm(at(path), { recursive: true, force: true }),
    temporaryDirectory: prefix => mkdtemp(join(tmpdir(), prefix)),
    openRead: path => createReadStream(at(path)),
    writeAll: (path, chunks, mode) =>
      pipeline(Readable.from(chunks), createWriteStream(at(path), mode === undefined ? {} : { mode })),
  };
}

/** The first part of the path that is missing is told of as Go tells it. */
async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await realPathOf(dirname(path));
    throw new Error(`lstat ${path}: no such file or directory`);
  });
}

async function statOf(path: string): Promise<FileStat | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!found) return undefined;
  const kind = found.isDirectory() ? 'directory' : found.isFile() || found.isFIFO() ? 'file' : 'other';
  return { kind, mode: found.mode & 0o777, size: found.size, mtimeMs: found.mtimeMs };
}

function runProgram(
  command: string,
  args: readonly string[],
  { capture, withoutInput, env }: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((done, failed) => {
    const child = spawn(command, [...args], {
      stdio: [withoutInput ? 'ignore' : 'inherit', capture ? 'pipe' : 'inherit', 'inherit'],
      env: env ? { ...process.env, ...env } : process.env,
    });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', chunk => chunks.push(chunk));
    child.on('error', failed);
    child.on('close', code => done({ code: code ?? 1, stdout: Buffer.concat(chunks) }));
  });
}

function listen(
  address: string,
  port: number,
  onConnection: (socket: LocalSocket) => void,
): Promise<LocalListener> {
  return new Promise((done, failed) => {
    const server = createServer({ allowHalfOpen: true }, socket => onConnection(localSocket(socket)));
    server.once('error', failed);
    server.listen(port, address, () => {
      const bound = server.address();
      done({
        port: typeof bound === 'object' && bound ? bound.port : port,
        [Symbol.dispose]: () => void server.close(),
      });
    });
  });
}

function localSocket(socket: Socket): LocalSocket {
  socket.on('error', () => socket.destroy());
  return {
    remote: `${socket.remoteAddress}:${socket.remotePort}`,
    chunks: () => socket,
    write: data =>
      new Promise((done, failed) => socket.write(data, error => (error ? failed(error) : done()))),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
