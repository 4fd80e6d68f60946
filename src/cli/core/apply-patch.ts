import { loadSchemas, type SchemaRegistry } from '#api/schemas.ts';
import type { KubeObject } from '#machinery/object.ts';
import { createThreeWayMergePatch } from '#machinery/patch/strategic-diff.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import type { PatchKind } from './api-client.ts';
import type { Mapping } from './discovery.ts';
import { applyMergePatch, threeWayJsonMergePatch } from './merge.ts';

type JsonObject = Record<string, unknown>;

export interface ApplyPatch {
  readonly kind: PatchKind;
  readonly patch: Readonly<JsonObject>;
  /** What the object becomes, for --dry-run=client. */
  readonly result: KubeObject;
}

/** Makes the patches of client-side apply. One for the life of a command. */
export class ApplyPatcher {
  readonly #schemas: SchemaRegistry = loadSchemas();

  /**
   * The patch by the kind's merge schema where it is built in, by plain JSON merge where it is not (as kubectl does
   * for custom resources).
   */
  patch(
    { group, version, kind }: Mapping,
    original: KubeObject | undefined,
    modified: KubeObject,
    current: KubeObject,
  ): ApplyPatch {
    const schema = this.#schemas.schemaOfKind(group, version, kind);
    if (!schema) {
      const patch = threeWayJsonMergePatch(original, modified, current);
      return { kind: 'merge', patch, result: applyMergePatch(current, patch) as KubeObject };
    }
    const json = (object: KubeObject | undefined) => (object ?? {}) as unknown as JsonObject;
    const patch = createThreeWayMergePatch(json(original), json(modified), json(current), schema);
    return { kind: 'strategic', patch, result: applyStrategicMergePatch(current, patch, schema) };
  }
}
