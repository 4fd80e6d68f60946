// Written by tools/generate-api. Do not edit.
import type { ListMeta, ObjectMeta } from '#machinery/object.ts';
import type * as meta_v1 from './meta.v1.ts';

export interface StorageVersionMigration {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  spec?: StorageVersionMigrationSpec;
  status?: StorageVersionMigrationStatus;
}

export interface StorageVersionMigrationList {
  kind: string;
  apiVersion: string;
  metadata: ListMeta;
  items: StorageVersionMigration[];
}

export interface StorageVersionMigrationSpec {
  resource: meta_v1.GroupResource;
}

export interface StorageVersionMigrationStatus {
  conditions?: meta_v1.Condition[];
  resourceVersion?: string;
}
