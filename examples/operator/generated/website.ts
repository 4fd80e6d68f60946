// Written by 'coxswain generate types'. Do not edit: run it again when the definition changes.
import type { KubeObject, ResourceRef } from 'coxswain';

/** A website, served by as many pods as it asks for. */
export interface Website extends KubeObject {
  spec: WebsiteSpec;
  status?: WebsiteStatus;
}

export interface WebsiteSpec {
  /** The name that it is reached by. No other website has it. */
  domain: string;
  /**
   * What serves it.
   *
   * Default: "nginx:1"
   */
  image?: string;
  /**
   * The port, or its name, that the image listens on.
   *
   * Default: 80
   */
  port?: number | string;
  /** Default: 1 */
  replicas?: number;
  /** Where its pods rather run, by the nodes' label example.com/tier. */
  tier?: 'cheap' | 'fast';
}

export interface WebsiteStatus {
  conditions?: WebsiteStatusConditionsItem[];
  /** The generation that the status is of. */
  observedGeneration?: number;
  readyReplicas?: number;
}

export interface WebsiteStatusConditionsItem {
  lastTransitionTime: string;
  message: string;
  observedGeneration?: number;
  reason: string;
  status: 'True' | 'False' | 'Unknown';
  type: string;
}

export const websites: ResourceRef<Website> = {
  group: 'example.com',
  version: 'v1',
  resource: 'websites',
  kind: 'Website',
  namespaced: true,
};
