/** IP addresses and CIDR ranges: those from which an application's requests are accepted. */
import ipaddr from "ipaddr.js";

export const addressRangeDescription = "An IP address or CIDR range, such as 192.0.2.7 or 192.0.2.0/24.";
export const maxAddressRangeLength = 60;

export type AddressRange = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Parses an address or a CIDR range; throws for anything else. IPv4 needs four decimal parts, because parsers disagree
 * on `10.1` and `012.0.0.1`.
 */
export function parseAddressRange(text: string): AddressRange {
  const [address = "", bits] = text.split("/", 2);
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) {
    throw new Error(`${text} is not an IP address or CIDR range`);
  }
  const [parsed, length] = bits === undefined ? [ipaddr.parse(address), null] : ipaddr.parseCIDR(text);
  // Callers' addresses are converted to IPv4 where possible, so convert IPv4-mapped ranges as well.
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress();
  if (mapped && (length ?? 128) >= 96) return [parsed.toIPv4Address(), (length ?? 128) - 96];
  return [parsed, length ?? (parsed.kind() === "ipv4" ? 32 : 128)];
}

export function isAddressRange(text: string): boolean {
  try {
    parseAddressRange(text);
    return true;
  } catch {
    return false;
  }
}

export function containsAddress(ranges: readonly AddressRange[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
}
