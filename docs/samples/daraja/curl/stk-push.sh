#!/usr/bin/env bash
# STK push. Asks a customer on their handset to pay a paybill or a till. The response
# acknowledges the request, and the result follows at the CallBackURL.
#
# Needs bash, curl and openssl; unchanged, also node, to read the keys.
#
#   bash docs/samples/daraja/curl/stk-push.sh
set -euo pipefail

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).daraja.$1"; }  # {{SANDBOX}}
base_url=$(sandbox url)  # {{BASE_URL}}
consumer_key=$(sandbox consumerKey)  # {{CONSUMER_KEY}}
consumer_secret=$(sandbox consumerSecret)  # {{CONSUMER_SECRET}}
short_code=$(sandbox shortCode)  # {{SHORT_CODE}}
passkey=$(sandbox passkey)  # {{PASSKEY}}
customer='254708374149'  # {{CUSTOMER}}
callback_url='https://example.com/payments'  # {{CALLBACK_URL}}

# call PATH BODY: sets $answer to the response. Exits if it was not accepted.
call() {
  local status
  answer=$(curl --silent --show-error --write-out '\n%{http_code}' --header "Authorization: Bearer $token" \
    --header 'Content-Type: application/json' --data "$2" "$base_url$1")
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  case $status in
    2*) return ;;
    # The result is unknown: the payment may complete. The same holds when the connection breaks.
    5*) echo "Unknown result, or refused: $(field errorCode) $(field errorMessage)" >&2 ;;
    *) echo "Refused: $(field errorCode) $(field errorMessage)" >&2 ;;
  esac
  exit 1
}

# A text in the response.
field() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' <<<"$answer"; }

answer=$(curl --silent --show-error --user "$consumer_key:$consumer_secret" \
  "$base_url/oauth/v1/generate?grant_type=client_credentials")
token=$(field access_token)

# The password of STK calls has the time in Nairobi.
timestamp=$(TZ=EAT-3 date +%Y%m%d%H%M%S)
password=$(printf %s "$short_code$passkey$timestamp" | openssl base64 -A)

body=$(cat <<JSON
{
  "BusinessShortCode": "$short_code",
  "Password": "$password",
  "Timestamp": "$timestamp",
  "TransactionType": "CustomerPayBillOnline",
  "Amount": 1,
  "PartyA": "$customer",
  "PartyB": "$short_code",
  "PhoneNumber": "$customer",
  "CallBackURL": "$callback_url",
  "AccountReference": "CompanyXLTD",
  "TransactionDesc": "Payment of X"
}
JSON
)
call /mpesa/stkpush/v1/processrequest "$body"
echo "$answer"
