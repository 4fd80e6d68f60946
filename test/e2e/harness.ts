import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '#client/client.ts';
import { createHttpsTransport } from '#client/https.ts';
import { loadPki } from '#apiserver/pki/pki-files.ts';
import { missingPackages } from '#main/install.ts';
import { type KubeletSettings, regardlessOfDisks } from '#kubelet/config/settings.ts';
import { type ClusterConfig, configApiVersion, configKind } from '#main/config/cluster-config.ts';
import { hasUpstreamTools, upstreamTools } from '#test/kubectl.ts';

/** A real cluster of its own for the tests of one file, driven as a user drives it: by its command and by kubectl. */

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Why the tests of this folder cannot run here; false where they can. */
export async function skipReason(): Promise<string | false> {
  const reason = await realNodeSkipReason();
  if (reason) return reason;
  return existsSync('/bin/busybox') ? false : 'no busybox to make images of';
}

/** Why there can be no cluster with a real node here; false where there can. */
export async function realNodeSkipReason(): Promise<string | false> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'real containers need root on Linux';
  if (!hasUpstreamTools()) return 'no kubectl for this platform';
  const missing = await missingPackages();
  return missing.length > 0 && `not installed: ${missing.join(', ')}`;
}

/** Runs a program to its end. A program that outlives its time is killed and has the code -1. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input = '', env, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, timeout: timeoutMs, cwd: root });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Tries until it does not throw; throws the last error when the time is over. */
export async function eventually<T>(attempt: () => Promise<T> | T, timeoutMs = 30_000): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await delay(100);
    }
  }
}

/** The body of an answer over a connection of its own. */
export function fetchText(url: string, timeoutMs = 3_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = get(url, { agent: false, timeout: timeoutMs }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', part => {
        text += part;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on('error', reject);
  });
}

let clusters = 0;

export class TestCluster implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly #kubectl: string;
  #settings: Partial<ClusterConfig> = {};

  private constructor(name: string, folder: string, kubectl: string) {
    this.name = name;
    this.folder = folder;
    this.dataDir = join(folder, 'data');
    this.kubeconfig = join(folder, 'kubeconfig');
    this.#kubectl = kubectl;
  }

  /** Names and folders only; nothing runs yet. `kind` goes into the name. */
  static async create(kind: string): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), `coxswain-e2e-${kind}-`));
    const { kubectl } = await upstreamTools();
    return new TestCluster(`${kind}-${process.pid}-${clusters++}`, folder, kubectl);
  }

  /** A running cluster with the image e2e:1. `settings`: more of its configuration. */
  static async start(kind: string, settings: Partial<ClusterConfig> = {}): Promise<TestCluster> {
    const cluster = await TestCluster.create(kind);
    cluster.#settings = settings;
    try {
      await cluster.up();
      await cluster.buildImage('e2e:1');
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get env(): Record<string, string> {
    return { KUBECONFIG: this.kubeconfig, HOME: this.folder };
  }

  get flags(): string[] {
    return ['--name', this.name, '--data-dir', this.dataDir];
  }

  /** Runs one of the cluster's commands, such as `status`, on this cluster. */
  coxswain(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const args = [join(root, 'src/main/bin.ts'), ...command, ...this.flags];
    return run(process.execPath, args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** A configuration file. By default how full the machine's disk is, is none of the node's business. */
  async configFile(kubelet: KubeletSettings = regardlessOfDisks): Promise<string> {
    const file = join(this.folder, 'node.yaml');
    await writeFile(
      file,
      JSON.stringify({ apiVersion: configApiVersion, kind: configKind, kubelet, ...this.#settings }),
    );
    return file;
  }

  /** Starts or goes on with the cluster in the background, and waits for its node. */
  async up(kubelet?: KubeletSettings): Promise<void> {
    const file = await this.configFile(kubelet);
    succeeded(await this.coxswain(['up', '--detach', '--port', '0', '--config', file]));
    await eventually(async () => assert.match(await this.ok('get', 'nodes', '--no-headers'), /^\S+ +Ready /));
  }

  kubectl(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run(this.#kubectl, args, { ...options, env: { ...this.env, ...options.env } });
  }

  get kubectlPath(): string {
    return this.#kubectl;
  }

  /** kubectl's output; where it fails, throws with what the cluster says of itself. */
  async ok(...args: string[]): Promise<string> {
    const outcome = await this.kubectl(args);
    if (outcome.code === 0) return outcome.stdout;
    throw new Error(
      `kubectl ${args.join(' ')}: exit code ${outcome.code}\n${outcome.stdout}${outcome.stderr}${await this.#state()}`,
    );
  }

  /** The pods, the newest events and the end of the log: why something did not come about. */
  async #state(): Promise<string> {
    const questions = [
      ['get', 'pods', '-A', '-o', 'wide'],
      ['get', 'nodes', '-o', 'wide'],
      ['get', 'events', '-A', '--sort-by=.lastTimestamp'],
    ];
    const answers = await Promise.all(questions.map(one => this.kubectl(one, { timeoutMs: 10_000 })));
    const log = await readFile(join(this.dataDir, 'server.log'), 'utf8').catch(String);
    const texts = [...answers.map(({ stdout, stderr }) => stdout + stderr), log];
    return texts.map(text => `\n${text.trimEnd().split('\n').slice(-25).join('\n')}\n`).join('');
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '-o', 'json')) as T;
  }

  async apply(manifest: string): Promise<string> {
    return succeeded(await this.kubectl(['apply', '-f', '-'], { input: manifest }));
  }

  /** An image of this machine's busybox, with `sh` as its entry point. */
  async buildImage(tag: string): Promise<void> {
    const rootfs = join(this.folder, 'rootfs');
    await mkdir(join(rootfs, 'bin'), { recursive: true });
    await mkdir(join(rootfs, 'etc'), { recursive: true });
    await mkdir(join(rootfs, 'tmp'), { recursive: true });
    await writeFile(join(rootfs, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
    succeeded(await run('cp', ['/bin/busybox', join(rootfs, 'bin/busybox')]));
    succeeded(await run('/bin/busybox', ['--install', '-s', join(rootfs, 'bin')]));
    succeeded(
      await run('sh', [
        '-c',
        `cd "$1/bin" && for t in *; do [ $t = busybox ] || ln -sf busybox $t; done`,
        'sh',
        rootfs,
      ]),
    );
    succeeded(
      await this.coxswain([
        'image',
        'build',
        rootfs,
        '--tag',
        tag,
        '--entrypoint',
        '/bin/sh',
        '--env',
        'PATH=/bin',
      ]),
    );
    await rm(rootfs, { recursive: true });
  }

  /** The server that runs now. */
  async server(): Promise<{ pid: number; port: number }> {
    return JSON.parse(await readFile(join(this.dataDir, 'server.json'), 'utf8')) as {
      pid: number;
      port: number;
    };
  }

  /** A client with an administrator's certificate; dispose of it. */
  async client(): Promise<Client & Disposable> {
    const pki = await loadPki(join(this.dataDir, 'pki'));
    const transport = createHttpsTransport({
      access: {
        server: `https://127.0.0.1:${(await this.server()).port}`,
        certificateAuthority: pki['ca.crt']!,
        clientCertificate: pki['admin.crt']!,
        clientKey: pki['admin.key']!,
      },
    });
    return Object.assign(createClient(transport), { [Symbol.dispose]: () => transport[Symbol.dispose]() });
  }

  /** Takes the cluster off this machine. */
  async [Symbol.asyncDispose](): Promise<void> {
    const outcome = await this.coxswain(['down', '--purge'], { timeoutMs: 90_000 });
    await rm(this.folder, { recursive: true, force: true });
    succeeded(outcome);
  }
}

/** What a program said; throws with all of it where it failed. */
export function succeeded({ code, stdout, stderr }: Outcome): string {
  assert.equal(code, 0, `exit code ${code}\n${stdout}${stderr}`);
  return stdout;
}
