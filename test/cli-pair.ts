import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaces } from '#api/generated/refs.ts';
import { runCli } from '#cli/index.ts';
import type { CliIo } from '#cli/io.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { nodeFs, nodeIo } from '#cli/node-io.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock, systemRandom } from '#main/system.ts';
import { upstreamTools } from './kubectl.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on standard input. */
  readonly input?: string;
  /** The words as they are, without -n. */
  readonly plain?: boolean;
}

/** kubectl and ours on one cluster, each in a namespace and a folder of its own, with real files and programs. */
export interface CliPair extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly kubeconfig: string;
  /** Both run here; what a command writes goes to the folder of its own that $HOME names. */
  readonly folder: string;
  theirs(words: readonly string[], options?: RunOptions): Promise<Outcome>;
  ours(words: readonly string[], options?: RunOptions): Promise<Outcome>;
}

/** Starts a cluster without nodes with the namespaces `theirs` and `ours`. */
export async function startPair(): Promise<CliPair> {
  const { kubectl } = await upstreamTools();
  const cluster = await startCluster({ nodes: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-pair-'));
  const kubeconfig = join(folder, 'config');
  await writeFile(kubeconfig, await cluster.kubeconfig(), { mode: 0o600 });
  for (const name of ['theirs', 'ours']) await cluster.client.create(namespaces, { metadata: { name } });
  const environment = (side: string, env: RunOptions['env']) => ({
    HOME: join(folder, side),
    PATH: process.env.PATH ?? '',
    KUBECONFIG: kubeconfig,
    TMPDIR: folder,
    KUBECTL: kubectl,
    ...env,
  });
  return {
    cluster,
    kubeconfig,
    folder,
    theirs: (words, { env, input = '', plain } = {}) =>
      new Promise(resolve => {
        const options = { cwd: folder, env: environment('theirs', env), timeout: 60_000 };
        const child = execFile(
          kubectl,
          plain ? words : ['-n', 'theirs', ...words],
          options,
          (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
        );
        child.stdin?.on('error', () => undefined).end(input);
      }),
    ours: async (words, { env, input = '', plain } = {}) => {
      using real = nodeIo(systemClock, systemRandom());
      const written = { out: [] as string[], error: [] as string[] };
      const text = (data: string | Uint8Array) =>
        typeof data === 'string' ? data : new TextDecoder().decode(data);
      const bytes = new TextEncoder().encode(input);
      const io: CliIo = {
        ...real,
        stdout: {
          isTerminal: false,
          size: () => undefined,
          write: data => void written.out.push(text(data)),
        },
        stderr: { write: data => void written.error.push(text(data)) },
        stdin: { ...real.stdin, isTerminal: false, readAll: async () => bytes, chunks: () => once(bytes) },
        env: environment('ours', env),
        home: join(folder, 'ours'),
        cwd: folder,
        run: (command, args, options) =>
          real.run(command, args, { ...options, env: { ...environment('ours', env), ...options?.env } }),
        fs: { ...nodeFs(folder), temporaryDirectory: prefix => mkdtemp(join(folder, prefix)) },
      };
      const code = await runCli(plain ? words : ['-n', 'ours', ...words], {
        io,
        connect: nodeConnect,
        program: 'kubectl',
      });
      return { code, stdout: written.out.join(''), stderr: written.error.join('') };
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function* once(data: Uint8Array): AsyncIterable<Uint8Array> {
  if (data.length > 0) yield data;
}

/** An outcome without what may differ between the two sides. */
export function normal({ code, stdout, stderr }: Outcome): Outcome {
  const clean = (text: string) =>
    text
      .replace(/\b(theirs|ours)\b/g, 'NAMESPACE')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
      .replace(/resourceVersion: "\d+"/g, 'resourceVersion: VERSION')
      .replace(/"resourceVersion": ?"\d+"/g, '"resourceVersion":"VERSION"')
      .replace(/\/[\w/.-]*kubectl-edit-?[\w/.-]+/g, 'EDITED')
      .replace(/\S*\.cache\/upstream\/kubectl/g, 'kubectl')
      .replace(/kube-api-access-\w{5}/g, 'kube-api-access-TOKEN')
      .replace(/^[EW]\d{4} .*\n/gm, '')
      .replace(/ *\b\d+(s|m|m\d+s)$/gm, ' AGE')
      .replace(/ +$/gm, '');
  return { code, stdout: clean(stdout), stderr: clean(stderr) };
}
