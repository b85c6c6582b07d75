"""The sandbox's credentials: fixed, public and worth nothing outside it."""

SHOPIFY_TOKEN = "shpat_sandbox"
SHOPIFY_CLIENT_ID = "sandbox-shopify-client"
SHOPIFY_CLIENT_SECRET = "shpss_sandbox"
SHOPIFY_REFRESH_TOKEN = "shprt_sandbox"

GOOGLE_ADS_CUSTOMER_ID = "1234567890"
GOOGLE_ADS_LOGIN_CUSTOMER_ID = "9876543210"
GOOGLE_ADS_DEVELOPER_TOKEN = "sandbox-developer-token"
GOOGLE_CLIENT_ID = "sandbox.apps.googleusercontent.com"
GOOGLE_CLIENT_SECRET = "sandbox-google-secret"
GOOGLE_REFRESH_TOKEN = "1//sandbox-google-refresh"

EASYPOST_API_KEY = "EZSANDBOX"

ODOO_DATABASE = "sandbox"
ODOO_API_KEY = "sandbox-odoo-key"

META_ACCESS_TOKEN = "EAASANDBOX"
META_APP_SECRET = "sandbox-meta-app-secret"
META_AD_ACCOUNT_ID = "act_1122334455"

SLACK_WEBHOOK_PATH = "/slack/services/TSANDBOX/BSANDBOX/hook"

SMTP_USER = "nightshift"
SMTP_PASSWORD = "sandbox-smtp"

KLAVIYO_API_KEY = "pk_sandbox"

AMAZON_CLIENT_ID = "amzn1.application-oa2-client.sandbox"
AMAZON_CLIENT_SECRET = "amzn1.oa2-cs.v1.sandbox"
AMAZON_REFRESH_TOKEN = "Atzr|sandbox"

UPS_CLIENT_ID = "sandbox-ups-client"
UPS_CLIENT_SECRET = "sandbox-ups-secret"
