import type { Informer } from '#client/informer.ts';
import type { KubeObject } from '#machinery/object.ts';

/** What plugins see of a shared informer. */
export type ObjectSource<T extends KubeObject> = Pick<
  Informer<T>,
  'get' | 'list' | 'byIndex' | 'size' | 'addIndex' | 'on'
>;
