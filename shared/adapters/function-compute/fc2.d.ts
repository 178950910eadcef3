/** The vendor's package ships no types; this is the part of it that we call. */
declare module '@alicloud/fc2' {
  export interface FcConfig {
    readonly accessKeyID: string;
    readonly accessKeySecret: string;
    readonly securityToken?: string;
    readonly region: string;
    readonly endpoint?: string;
    readonly secure?: boolean;
    readonly internal?: boolean;
    readonly timeout?: number;
    readonly headers?: Readonly<Record<string, string>>;
  }
  export interface FcAnswer {
    readonly headers: Readonly<Record<string, string>>;
    readonly data: unknown;
  }
  /** The client deletes and converts keys of what it is given: hand it an object of its own. */
  export type FcSettings = Record<string, unknown>;
  export class FC {
    constructor(accountId: string, config: FcConfig);
    invokeFunction(
      serviceName: string,
      functionName: string,
      event: string | Buffer,
      headers: Readonly<Record<string, string>>,
      qualifier: string | null,
      options: { readonly rawBuf?: boolean },
    ): Promise<FcAnswer>;
    getService(service: string): Promise<FcAnswer>;
    createService(service: string, settings: FcSettings): Promise<FcAnswer>;
    updateService(service: string, settings: FcSettings): Promise<FcAnswer>;
    deleteService(service: string): Promise<FcAnswer>;
    deleteFunction(service: string, name: string): Promise<FcAnswer>;
    deleteTrigger(service: string, name: string, trigger: string): Promise<FcAnswer>;
    getFunction(service: string, name: string): Promise<FcAnswer>;
    createFunction(service: string, settings: FcSettings): Promise<FcAnswer>;
    updateFunction(service: string, name: string, settings: FcSettings): Promise<FcAnswer>;
    getTrigger(service: string, name: string, trigger: string): Promise<FcAnswer>;
    createTrigger(service: string, name: string, settings: FcSettings): Promise<FcAnswer>;
    updateTrigger(
      service: string,
      name: string,
      trigger: string,
      settings: FcSettings,
    ): Promise<FcAnswer>;
    getFunctionAsyncConfig(service: string, name: string, qualifier: string): Promise<FcAnswer>;
    putFunctionAsyncConfig(
      service: string,
      name: string,
      qualifier: string,
      settings: FcSettings,
    ): Promise<FcAnswer>;
    getOnDemandConfig(service: string, name: string, qualifier: string): Promise<FcAnswer>;
    putOnDemandConfig(
      service: string,
      name: string,
      qualifier: string,
      settings: FcSettings,
    ): Promise<FcAnswer>;
  }
  const Client: typeof FC;
  export default Client;
}
