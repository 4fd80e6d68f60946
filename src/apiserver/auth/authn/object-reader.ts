import type { KubeObject } from '#machinery/object.ts';

/** The stored objects that authentication asks for; `bucket` is 'core/pods', `key` 'namespace/name' or 'name'. */
export interface ObjectReader {
  get(bucket: string, key: string): KubeObject | undefined;
}
