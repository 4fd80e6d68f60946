import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import { upstreamTools } from '#test/kubectl.ts';
import { kinds, type Resources } from './kinds.ts';
import { type RawRequest, type RawResponse, rawRequest } from './raw.ts';
import { Resource } from './resource.ts';
import type { Target } from './target.ts';
import type { WatchOptions, Watcher } from './watcher.ts';

/** What a row may use: a namespace of its own, every kind in it, and helpers. Whatever it makes ends with it. */
export class Trial implements AsyncDisposable {
  /** Marks what this row makes outside of its namespace. */
  readonly id = randomBytes(4).toString('hex');
  readonly namespace = `conformance-${this.id}`;
  readonly api: Resources;
  readonly config: KubeConfig;
  readonly hollow: boolean;
  readonly #target: Target;
  readonly #deferred: (() => unknown)[] = [];
  /** Aborts when the row's time is over. */
  readonly #ended = new AbortController();
  /** The kubectls that run: each writes its cache into the folder to its end. */
  readonly #children = new Map<ChildProcess, Promise<string>>();
  #folder: string | undefined;

  private constructor(target: Target) {
    this.#target = target;
    this.config = target.config;
    this.hollow = target.hollow;
    this.api = Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [
        name,
        new Resource<KubernetesObject>(target.config, kind, this.namespace),
      ]),
    ) as unknown as Resources;
  }

  /** Resolves when pods can be made in the namespace. */
  static async open(target: Target): Promise<Trial> {
    const trial = new Trial(target);
    await trial.makeNamespace(trial.namespace);
    return trial;
  }

  /** A namespace that ends with the row. */
  async makeNamespace(name: string, labels: Record<string, string> = {}): Promise<void> {
    await this.api.namespaces.create({ metadata: { name, labels } });
    this.defer(() => this.api.namespaces.delete(name));
    await this.until(`service account default in ${name}`, () =>
      this.api.serviceAccounts.in(name).get('default').catch(ifNotFound),
    );
  }

  /** Runs when the row is over, last deferred first; that it finds nothing left is no failure. */
  defer(undo: () => unknown): void {
    this.#deferred.push(undo);
  }

  /** A name for an object outside of the namespace. */
  name(prefix: string): string {
    return `${prefix}-${this.id}`;
  }

  /** A watch that ends with the row. */
  async watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options: WatchOptions = {},
  ): Promise<Watcher<T>> {
    const watcher = await resource.watch(options);
    this.defer(() => watcher[Symbol.dispose]());
    return watcher;
  }

  /** Looks until there is an answer that is not undefined or false. */
  async until<T>(
    what: string,
    look: () => Promise<T | undefined | false> | T | undefined | false,
    timeoutMs = 30_000,
  ) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      assert.ok(Date.now() < deadline, `timed out waiting for ${what}`);
      await this.sleep(50);
    }
  }

  /** That something stays so for a while. */
  async stays(what: string, look: () => Promise<boolean>, durationMs = 1_500): Promise<void> {
    const deadline = Date.now() + durationMs;
    do {
      assert.ok(await look(), `no longer so: ${what}`);
      await this.sleep(100);
    } while (Date.now() < deadline);
  }

  async sleep(delayMs: number): Promise<void> {
    await pause(delayMs, undefined, { signal: this.#ended.signal });
  }

  /** Waits until an object can no longer be read. */
  async gone<T extends KubernetesObject>(resource: Resource<T>, name: string, timeoutMs = 30_000) {
    await this.until(
      `${resource.kind.kind} ${name} to be gone`,
      () =>
        resource.get(name).then(
          () => false,
          error => ifNotFound(error) === undefined,
        ),
      timeoutMs,
    );
  }

  /** YAML, for clients that are not the client library. */
  get kubeconfig(): string {
    return this.#target.kubeconfig;
  }

  raw(request: RawRequest): Promise<RawResponse> {
    return rawRequest(this.config, request);
  }

  /** The arguments that point kubectl at the row's namespace. */
  async kubectlArguments(): Promise<string[]> {
    const config = join(await this.folder(), 'config');
    return ['--kubeconfig', config, '--namespace', this.namespace];
  }

  /** A folder for files, with the kubeconfig in it. */
  async folder(): Promise<string> {
    if (!this.#folder) {
      const folder = await mkdtemp(join(tmpdir(), 'coxswain-conformance-'));
      this.#folder = folder;
      this.defer(() => rm(folder, { recursive: true }));
      await writeFile(join(folder, 'config'), this.#target.kubeconfig, { mode: 0o600 });
    }
    return this.#folder;
  }

  /** Runs the real kubectl in the row's namespace and answers its output; throws where it fails. */
  async kubectl(words: readonly string[], options: { stdin?: string; codes?: readonly number[] } = {}) {
    const { kubectl } = await upstreamTools();
    const args = [...(await this.kubectlArguments()), ...words];
    const env = { HOME: await this.folder(), PATH: process.env.PATH ?? '' };
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const child = execFile(kubectl, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      this.#children.delete(child);
      if (!error || options.codes?.includes(Number(error.code))) return resolve(stdout + stderr);
      reject(new Error(`kubectl ${words.join(' ')}: ${stderr.trim() || error.message}`));
    });
    child.stdin!.end(options.stdin ?? '');
    this.#children.set(child, promise);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error('the row is over'));
    for (const child of this.#children.keys()) child.kill();
    await Promise.allSettled(this.#children.values());
    for (const undo of this.#deferred.reverse()) {
      try {
        await undo();
      } catch (error) {
        ifNotFound(error);
      }
    }
  }
}

/** Undefined for a 404; anything else is thrown on. */
export function ifNotFound(error: unknown): undefined {
  if ((error as { code?: number }).code !== 404) throw error;
  return undefined;
}

/** That a call is refused with this HTTP code (and words); answers the server's message. */
export async function refused(call: Promise<unknown>, code: number, words = /(?:)/): Promise<string> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error as { code?: number; body?: unknown; message: string },
  );
  assert.ok(outcome, `accepted, where a ${code} was due`);
  assert.equal(outcome.code, code, outcome.message);
  const text = typeof outcome.body === 'string' ? outcome.body : JSON.stringify(outcome.body);
  assert.match(text, words);
  return text;
}
