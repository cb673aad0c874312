package exchange

const rejectColumn = "原因 Reason"
