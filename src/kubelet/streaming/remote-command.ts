import type { WebSocket } from 'ws';
import { type Status, statusError } from '#machinery/status.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';
import { carry, handOn, onMessage, sendInTurn, type WebSocketProtocols } from './channels.ts';
import { upgradeToSpdy } from './upgrade.ts';

/** Which of a process's streams are wanted. */
export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The channels of all protocols; v5.channel.k8s.io alone has the last one. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** WebSocket protocols for exec and attach. v5 can close stdin alone (KEP-4006); before v4, a failure is told as text. */
export const commandProtocols: WebSocketProtocols = {
  preferred: 'v5.channel.k8s.io',
  others: ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', ''],
};

const spdyProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];

interface RuntimeStreams {
  readonly connection: SpdyConnection;
  readonly error: SpdyStream;
  readonly stdin: SpdyStream | undefined;
  readonly stdout: SpdyStream | undefined;
  readonly stderr: SpdyStream | undefined;
  readonly resize: SpdyStream | undefined;
}

/** Connects to the runtime and opens the streams that its remote command protocol wants, in its order. */
export async function openRuntimeStreams(url: string, streams: CommandStreams): Promise<RuntimeStreams> {
  const { socket } = await upgradeToSpdy(url, spdyProtocols);
  const connection = new SpdyConnection(socket, 'client');
  const open = async (streamType: string, wanted = true) => {
    if (!wanted) return undefined;
    const stream = await connection.open({ streamType });
    // A failure ends the connection, which is where it is dealt with.
    stream.on('error', () => {});
    return stream;
  };
  const error = (await open('error'))!;
  const stdin = await open('stdin', streams.stdin);
  const stdout = await open('stdout', streams.stdout);
  const stderr = await open('stderr', streams.stderr && !streams.tty);
  const resize = await open('resize', streams.tty);
  return { connection, error, stdin, stdout, stderr, resize };
}

/** Carries an exec or attach between a client's WebSocket and the runtime's streams, until both are done. */
export function bridgeCommand(
  socket: WebSocket,
  protocol: string,
  runtime: RuntimeStreams,
  streams: CommandStreams,
): void {
  const { connection, error, stdin, stdout, stderr, resize } = runtime;
  const send = sendInTurn(socket, protocol);
  // Older clients wait for a sign that the streams stand: an empty message on the lowest channel that they read.
  void send(
    streams.stdout ? channel.stdout : streams.stderr ? channel.stderr : channel.error,
    new Uint8Array(),
  );
  const status = collect(error);
  const outputs = [carry(stdout, channel.stdout, send), carry(stderr, channel.stderr, send)];
  void Promise.all([status, ...outputs]).then(async ([parts]) => {
    // Clients take the status for the end of all output.
    for (const part of /^v[45]\./.test(protocol) ? parts : failureText(parts))
      await send(channel.error, part);
    socket.close(1_000);
    connection.close();
  });
  const canClose = protocol === commandProtocols.preferred;
  onMessage(socket, protocol, (id, data) => {
    if (id !== channel.close || canClose) fromClient(socket, id, data, runtime);
  });
  socket.on('close', () => connection.close());
  socket.on('error', () => connection.close());
  connection.onClose(() => socket.resume());
  stdin?.resume();
  resize?.resume();
}

/** Ends a v5 WebSocket whose command cannot be had. */
export function refuseCommand(socket: WebSocket, message: string): void {
  const { status } = statusError.internal(`unable to upgrade connection: ${message}`);
  socket.on('error', () => {});
  const send = sendInTurn(socket, commandProtocols.preferred);
  void send(channel.error, new TextEncoder().encode(JSON.stringify(status))).then(() => socket.close(1_000));
}

/** All that a stream brings until it ends or its connection breaks. */
async function collect(stream: SpdyStream): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  try {
    for await (const data of stream) parts.push(data as Buffer);
  } catch {
    // What came before counts.
  }
  return parts;
}

/** What clients before v4 hear at the end of a command that failed; nothing of one that did not. */
function failureText(parts: readonly Uint8Array[]): Uint8Array[] {
  const text = Buffer.concat(parts);
  try {
    const status = JSON.parse(text.toString()) as Status;
    return status.status === 'Success' ? [] : [Buffer.from(status.message ?? '')];
  } catch {
    return [text];
  }
}

function fromClient(
  socket: WebSocket,
  id: number,
  data: Buffer,
  { stdin, stdout, stderr, resize }: RuntimeStreams,
): void {
  switch (id) {
    case channel.stdin:
      handOn(socket, stdin, data);
      break;
    case channel.resize:
      handOn(socket, resize, data);
      break;
    case channel.close:
      if (data[0] === channel.stdin) stdin?.end();
      else if (data[0] === channel.stdout) stdout?.destroy();
      else if (data[0] === channel.stderr) stderr?.destroy();
      break;
    default:
      break;
  }
}
