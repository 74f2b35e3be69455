#!/usr/bin/env bash
# Direct debit: create a mandate. Asks a customer to consent to be debited, and answers with
# the mandate.
#
# Needs bash, curl and openssl; as it stands, node too, to find the keys.
#
#   bash docs/samples/curl/direct-debit-create.sh
set -euo pipefail

# As it stands, this asks the sandbox on this machine, whose keys are in data/sandbox.json. {{SANDBOX}}
# A line with a name in double braces is one to put your own value in. {{SANDBOX}}
sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).$1"; }  # {{SANDBOX}}
gateway=$(sandbox gateway)  # {{GATEWAY}}
environment='sandbox'  # {{ENVIRONMENT}}
market='vodacomTZN'  # {{MARKET}}
api_key=$(sandbox openapi.apiKey)  # {{API_KEY}}
public_key=$(sandbox openapi.publicKey)  # {{PUBLIC_KEY}}
customer='255750000001'  # {{CUSTOMER}}
country='TZN'  # {{COUNTRY}}
organisation='000000'  # {{ORGANISATION}}

# Encrypts a key for M-Pesa, which takes none as it is.
bearer() {
  local pem
  pem=$(printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$(fold -w 64 <<<"$public_key")")
  printf %s "$1" | openssl pkeyutl -encrypt -pubin -inkey <(echo "$pem") | openssl base64 -A
}

# call METHOD PATH KEY [curl's arguments]: leaves the answer in $answer. Ends the program unless it was accepted.
call() {
  local method=$1 path=$2 token tries status code reason
  token=$(bearer "$3")
  shift 3
  for ((tries = 0; tries < 60; tries++)); do
    answer=$(curl --silent --show-error --write-out '\n%{http_code}' --request "$method" \
      --header "Authorization: Bearer $token" --header 'Origin: *' \
      --header 'Content-Type: application/json' "$@" "$gateway/$environment/ipg/v2/$market/$path/")
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
    # It can take half a minute until M-Pesa knows a new session; before that it looks at nothing.
    [[ $status == 401 && $answer == *output_error* ]] || break
    sleep 1
  done

  code=$(field output_ResponseCode)
  reason=$(field output_ResponseDesc)
  case $code in
    INS-0 | INS-GAR-0) return ;;
    # No "no": the payment may have gone through. The same holds when a connection breaks.
    INS-1 | INS-9 | '')
      echo "Not known: ${code:-HTTP $status} $reason" >&2
      echo "Ask queryTransactionStatus about ${reference:-it} before you try again." >&2 ;;
    *) echo "Refused: $code $reason" >&2 ;;
  esac
  exit 1
}

# A field of the answer.
field() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' <<<"$answer"; }

call GET getSession "$api_key"
session=$(field output_SessionID)

reference=$(openssl rand -hex 16)
parameters=$(cat <<JSON
{
  "input_CustomerMSISDN": "$customer",
  "input_Country": "$country",
  "input_ServiceProviderCode": "$organisation",
  "input_ThirdPartyReference": "Test123",
  "input_ThirdPartyConversationID": "$reference",
  "input_AgreedTC": "1",
  "input_FirstPaymentDate": "20270101",
  "input_Frequency": "04",
  "input_StartRangeOfDays": "01",
  "input_EndRangeOfDays": "22",
  "input_ExpiryDate": "20271231"
}
JSON
)
call POST directDebitCreation "$session" --data "$parameters"
echo "$answer"
