// Written by tools/generate-api. Do not edit.
import type { ListMeta } from '#machinery/object.ts';
import type * as meta_v1 from './meta.v1.ts';

export interface PartialObjectMetadataList {
  kind: string;
  apiVersion: string;
  metadata: ListMeta;
  items: meta_v1.PartialObjectMetadata[];
}
