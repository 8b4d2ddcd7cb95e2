module github.com/aws/aws-sdk-go-v2/config

go 1.26.0

require github.com/aws/aws-sdk-go-v2 v1.43.4

replace github.com/aws/aws-sdk-go-v2 => ../aws-sdk
