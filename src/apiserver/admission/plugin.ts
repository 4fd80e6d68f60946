import type { KubeObject } from '#machinery/object.ts';
import type { UserInfo } from '../identity.ts';
import type { ServedResource } from '../resources/served.ts';

/** meta.k8s.io GroupVersionKind. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** One write, as admission sees it (admission.k8s.io AdmissionRequest). */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly served: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of `object` where that is no object of the resource itself (Scale, Eviction, PodExecOptions, …). */
  readonly kind?: GroupVersionKind;
  /** The new object: mutable while mutating, of the storage version unless `kind` is set. Absent for DELETE. */
  readonly object: KubeObject | undefined;
  /** The stored object, frozen. Absent for CREATE and CONNECT. */
  readonly old: KubeObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The options of the write as the client gave them, without kind: CreateOptions, UpdateOptions, DeleteOptions. */
  options(): Readonly<Record<string, unknown>>;
  warn(message: string): void;
}

/** The runs of the mutating plugins over one request: one, and a second where a plugin asks for it. */
export class Mutation {
  readonly #memory = new Map<string, unknown>();
  #round = 0;
  #again = false;

  /** 0, or 1 while plugins are invoked again. */
  get round(): number {
    return this.#round;
  }

  /** All plugins are to see the object once more, since it changed after some of them had. */
  requireAnother(): void {
    this.#again = true;
  }

  /** What a plugin keeps from one run for the next. */
  memory<T>(plugin: string, make: () => T): T {
    if (!this.#memory.has(plugin)) this.#memory.set(plugin, make());
    return this.#memory.get(plugin) as T;
  }

  /** True where another run is due, which then begins. Never a third. */
  startAnother(): boolean {
    if (!this.#again || this.#round > 0) return false;
    this.#round = 1;
    return true;
  }
}

/** Throws StatusError to refuse. One file a plugin and one line in `registry.ts`. */
export interface AdmissionPlugin {
  /** Upstream's name, as in --enable-admission-plugins. */
  readonly name: string;
  mutate?(request: AdmissionRequest, mutation: Mutation): void | Promise<void>;
  /** Runs once, when all that mutates is through: for what is handed out and never changes again. */
  complete?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** Runs the plugins in their order: all that mutate, later all that validate. */
export class AdmissionChain {
  readonly #mutating: readonly AdmissionPlugin[];
  readonly #completing: readonly AdmissionPlugin[];
  readonly #validating: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#mutating = plugins.filter(plugin => plugin.mutate);
    this.#completing = plugins.filter(plugin => plugin.complete);
    this.#validating = plugins.filter(plugin => plugin.validate);
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    const mutation = new Mutation();
    do {
      for (const plugin of this.#mutating) {
        const pending = plugin.mutate!(request, mutation);
        if (pending) await pending;
      }
    } while (mutation.startAnother());
    for (const plugin of this.#completing) {
      const pending = plugin.complete!(request);
      if (pending) await pending;
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#validating) {
      const pending = plugin.validate!(request);
      if (pending) await pending;
    }
  }
}
