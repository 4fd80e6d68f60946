import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import type { Json } from '../openapi/dialect.ts';
import type { ExtensionServers } from './extension-servers.ts';
import type { RemoteService, RemoteServices } from './remote-services.ts';

export interface RemoteOpenApiOptions {
  readonly remotes: RemoteServices;
  readonly servers: ExtensionServers;
  readonly clock: Clock;
  readonly log: Log;
}

/** The parts of OpenAPI version 2 that are merged. */
export interface SwaggerParts {
  readonly paths: Readonly<Record<string, Json>>;
  readonly definitions: Readonly<Record<string, Json>>;
}

interface Known {
  /** The line of the group version in /openapi/v3; undefined: its server has no version 3. */
  readonly v3: Json | undefined;
  readonly v2: SwaggerParts | undefined;
}

const refreshMs = 60_000;
const retryMsMin = 500;

/** The OpenAPI documents of extension API servers, fetched anew every minute and whenever an APIService changes. */
export class RemoteOpenApi implements Disposable {
  readonly #options: RemoteOpenApiOptions;
  readonly #known = new Map<string, Known>();
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;
  #generation = 0;

  constructor(options: RemoteOpenApiOptions) {
    this.#options = options;
    const { remotes, clock, log } = options;
    this.#loop = this.#life.add(
      new KeyedLoop({
        clock,
        log,
        run: name => this.#refresh(name),
        backoffMsMin: retryMsMin,
        backoffMsMax: refreshMs,
        againAfterMs: () => refreshMs,
      }),
    );
    for (const remote of remotes.all()) this.#loop.add(remote.name);
    this.#life.add(remotes.onChange(name => this.#changed(name)));
  }

  /** Grows with every change of what it knows. */
  get generation(): number {
    return this.#generation;
  }

  /** Lines of /openapi/v3, by group version path. */
  get versions(): [path: string, line: Json][] {
    return [...this.#options.remotes.all()].flatMap(remote => {
      const line = this.#known.get(remote.name)?.v3;
      return line ? [[openApiPath(remote), line] as [string, Json]] : [];
    });
  }

  get swaggers(): SwaggerParts[] {
    return [...this.#known.values()].flatMap(({ v2 }) => v2 ?? []);
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #changed(name: string): void {
    if (this.#options.remotes.named(name)) this.#loop.add(name);
    else {
      this.#loop.forget(name);
      if (this.#known.delete(name)) this.#generation++;
    }
  }

  async #refresh(name: string): Promise<void> {
    const remote = this.#options.remotes.named(name);
    if (!remote) return;
    if (!remote.available) throw new Error(`APIService ${name} is not available`);
    const known = { v3: await this.#fetchV3(remote), v2: await this.#fetchV2(remote) };
    const before = this.#known.get(name);
    this.#known.set(name, known);
    if (JSON.stringify(before) !== JSON.stringify(known)) this.#generation++;
  }

  async #fetchV3(remote: RemoteService): Promise<Json | undefined> {
    const document = await this.#fetch(remote, '/openapi/v3');
    return (document?.paths as Record<string, Json> | undefined)?.[openApiPath(remote)];
  }

  async #fetchV2(remote: RemoteService): Promise<SwaggerParts | undefined> {
    const document = await this.#fetch(remote, '/openapi/v2');
    if (!document) return undefined;
    const { paths = {}, definitions = {} } = document as unknown as Partial<SwaggerParts>;
    const prefix = `/${openApiPath(remote)}/`;
    const own = Object.entries(paths).filter(([path]) => `${path}/`.startsWith(prefix));
    return { paths: Object.fromEntries(own), definitions };
  }

  /** Undefined where the server has no such document. */
  async #fetch({ object }: RemoteService, path: string): Promise<Record<string, Json> | undefined> {
    const answer = await this.#options.servers.document(object, path, { accept: 'application/json' });
    if (answer.status === 404 || answer.status === 406) return undefined;
    if (answer.status !== 200) throw new Error(`failed to retrieve ${path}: ${answer.status}`);
    return JSON.parse(answer.text) as Record<string, Json>;
  }
}

export function openApiPath({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
