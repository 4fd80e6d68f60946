// Written by tools/generate-api. Do not edit.
import type { ListMeta, ObjectMeta } from '#machinery/object.ts';

export interface PriorityClass {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  value?: number;
  globalDefault?: boolean;
  description?: string;
  preemptionPolicy?: string;
}

export interface PriorityClassList {
  kind: string;
  apiVersion: string;
  metadata: ListMeta;
  items: PriorityClass[];
}
