// Written by tools/generate-api. Do not edit.
import type { ListMeta, ObjectMeta } from '#machinery/object.ts';
import type * as batch_v1 from './batch.v1.ts';
import type * as core_v1 from './core.v1.ts';

export interface CronJob {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  spec?: CronJobSpec;
  status?: CronJobStatus;
}

export interface CronJobList {
  kind: string;
  apiVersion: string;
  metadata: ListMeta;
  items: CronJob[];
}

export interface CronJobSpec {
  schedule: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: string;
  suspend?: boolean;
  jobTemplate: JobTemplateSpec;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
}

export interface CronJobStatus {
  active?: core_v1.ObjectReference[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}

export interface JobTemplateSpec {
  metadata?: ObjectMeta;
  spec?: batch_v1.JobSpec;
}
