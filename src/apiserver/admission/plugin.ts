import type { KubeObject } from '#machinery/object.ts';
import type { UserInfo } from '../identity.ts';
import type { ServedResource } from '../resources/served.ts';

/** One write, as admission sees it (admission.k8s.io AdmissionRequest). */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly served: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The new object: mutable while mutating, of the storage version. Absent for DELETE. */
  readonly object: KubeObject | undefined;
  /** The stored object, frozen. Absent for CREATE. */
  readonly old: KubeObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  warn(message: string): void;
}

/** Throws StatusError to refuse. One folder a plugin and one line in `registry.ts`. */
export interface AdmissionPlugin {
  /** Upstream's name, as in --enable-admission-plugins. */
  readonly name: string;
  mutate?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** Runs the plugins in their order: all that mutate, later all that validate. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) await plugin.mutate?.(request);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) await plugin.validate?.(request);
  }
}
