/** What ECS tells the world of an instance; CloudMonitor and EventBridge deliver it in their own shapes. */
export interface EcsEvent {
  /** Without a status suffix. Example: `Instance:SystemMaintenance.Reboot`. */
  readonly name: string;
  /** `Normal` for plain notices, otherwise where the event's cycle stands. */
  readonly status: string;
  readonly level: 'CRITICAL' | 'WARN' | 'INFO';
  readonly eventType: 'StatusNotification' | 'Maintenance' | 'Exception';
  readonly instanceId: string;
  readonly instanceName: string;
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
}
