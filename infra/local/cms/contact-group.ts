/** People that alarms are sent to, by the names of their contacts. */
export interface ContactGroup {
  readonly name: string;
  readonly description: string;
  readonly contacts: readonly string[];
}
