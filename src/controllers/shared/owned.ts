import type { Informer } from '#client/informer.ts';
import { controllerOf, type KubeObject } from '#machinery/object.ts';

const controllerIndex = 'controllerUid';

/** Files objects under their controller's uid, and those without one under their namespace. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(controllerIndex, object => {
    const controller = controllerOf(object);
    return [controller ? controller.uid : orphansOf(object.metadata.namespace ?? '')];
  });
}

/** What `owner` controls, or might adopt. */
export function ownedOrOrphaned<T extends KubeObject>(
  informer: Informer<T>,
  owner: KubeObject,
): readonly T[] {
  return [...owned(informer, owner), ...orphans(informer, owner.metadata.namespace ?? '')];
}

export function owned<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): readonly T[] {
  return informer.byIndex(controllerIndex, owner.metadata.uid ?? '');
}

/** What has no controller in a namespace. */
export function orphans<T extends KubeObject>(informer: Informer<T>, namespace: string): readonly T[] {
  return informer.byIndex(controllerIndex, orphansOf(namespace));
}

function orphansOf(namespace: string): string {
  return `orphans of ${namespace}`;
}
