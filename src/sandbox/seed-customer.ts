/** A customer of the seed data. */
export interface SeedCustomer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  /** In the market's currency, as decimal text. */
  readonly balance: string;
  /** Whether the wallet takes payments for a small business. The default is false. */
  readonly pochi?: boolean;
}
