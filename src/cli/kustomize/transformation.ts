import type { SchemaRegistry } from '#api/schemas.ts';
import type { TransformerFields } from './field-specs.ts';
import type { KustomizationFiles } from './files.ts';
import type { Kustomization } from './kustomization.ts';
import type { ResourceSet } from './resource-set.ts';

/** What a transformer works with. */
export interface Transformation {
  readonly kustomization: Kustomization;
  readonly set: ResourceSet;
  readonly fields: TransformerFields;
  readonly files: KustomizationFiles;
  readonly schemas: SchemaRegistry;
}
