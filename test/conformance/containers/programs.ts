import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { Exec, type V1Container, type V1Pod, type V1PodSpec, type V1Status } from '@kubernetes/client-node';
import { type Row, row, type RowOptions } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod, podSpec } from '../workloads.ts';
import { testImage } from './image.ts';

/** The row of a requirement about what a process sees or answers. */
export function containerRow(id: string, run: (t: Trial) => Promise<void>, options: RowOptions = {}): Row {
  return row(id, run, { timeoutMs: 120_000, ...options, needs: 'containers' });
}

/** A pod of one container, c, which runs agnhost with these words. */
export function agnhost(
  words: readonly string[],
  container: Partial<V1Container> = {},
  spec: Partial<V1PodSpec> = {},
): V1PodSpec {
  return podSpec(spec, { image: testImage, args: [...words], ...container });
}

/** A pod of one container, c, which runs a shell script to its end. */
export function script(
  text: string,
  container: Partial<V1Container> = {},
  spec: Partial<V1PodSpec> = {},
): V1PodSpec {
  const command = ['sh', '-c', text];
  return podSpec({ restartPolicy: 'Never', ...spec }, { image: testImage, command, ...container });
}

export function phase(t: Trial, name: string, wanted: string, timeoutMs = 60_000): Promise<V1Pod> {
  return t.until(
    `pod ${name} to be ${wanted}`,
    async () => {
      const found = await t.api.pods.get(name);
      return found.status!.phase === wanted && found;
    },
    timeoutMs,
  );
}

/** Runs a pod until it has succeeded; answers what its container c wrote. */
export async function outputOf(t: Trial, spec: V1PodSpec, name = 'p', wanted = 'Succeeded'): Promise<string> {
  await t.api.pods.create(pod(name, {}, spec));
  const over = await t.until(
    `pod ${name} to end`,
    async () => {
      const found = await t.api.pods.get(name);
      return ['Succeeded', 'Failed'].includes(found.status!.phase!) && found;
    },
    60_000,
  );
  const output = await logs(t, name);
  assert.equal(over.status!.phase, wanted, `pod ${name} wrote: ${output}`);
  return output;
}

/** That each pattern fits what a pod writes in its life. */
export async function writes(t: Trial, spec: V1PodSpec, ...patterns: RegExp[]): Promise<void> {
  const output = await outputOf(t, spec);
  for (const pattern of patterns) assert.match(output, pattern);
}

export async function logs(t: Trial, name: string, container = 'c'): Promise<string> {
  const path = `/api/v1/namespaces/${t.namespace}/pods/${name}/log?container=${container}`;
  const { status, text } = await t.raw({ path });
  assert.equal(status, 200, text);
  return text;
}

export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a container, over the client library's websocket. */
export async function execute(t: Trial, name: string, command: readonly string[], container = 'c') {
  const [stdout, stderr] = [collect(), collect()];
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(t.config)
      .exec(t.namespace, name, container, [...command], stdout.stream, stderr.stream, null, false, resolve)
      .then(socket => {
        socket.onerror = event => reject(new Error(event.message));
        t.defer(() => socket.close());
      }, reject);
  });
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  const code = status.status === 'Success' ? 0 : Number(cause?.message ?? -1);
  return { code, stdout: stdout.text(), stderr: stderr.text() } satisfies Executed;
}

function collect() {
  let all = '';
  const stream = new PassThrough();
  stream.setEncoding('utf8').on('data', part => {
    all += part;
  });
  return { stream, text: () => all };
}

/** What a shell says in a container; throws where it fails. */
export async function shell(t: Trial, name: string, text: string, container = 'c'): Promise<string> {
  const { code, stdout, stderr } = await execute(t, name, ['sh', '-c', text], container);
  assert.equal(code, 0, `${text}: ${stdout}${stderr}`);
  return stdout;
}

/** Asks a shell in a container once a second until its output fits; a script that fails is asked again. */
export async function shellSays(
  t: Trial,
  name: string,
  text: string,
  wanted: RegExp,
  timeoutMs = 30_000,
  container = 'c',
): Promise<void> {
  let said = '';
  await t
    .until(
      `${text} to say ${wanted}`,
      async () => {
        const { stdout, stderr } = await execute(t, name, ['sh', '-c', text], container);
        said = stdout + stderr;
        if (wanted.test(stdout)) return true;
        await t.sleep(1_000);
        return false;
      },
      timeoutMs,
    )
    .catch(error => {
      throw new Error(`said ${JSON.stringify(said)}: ${(error as Error).message}`);
    });
}
