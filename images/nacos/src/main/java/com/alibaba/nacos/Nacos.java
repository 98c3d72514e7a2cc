package com.alibaba.nacos;

import com.alibaba.nacos.core.code.ControllerMethodsCache;
import java.util.Set;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.ServletComponentScan;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

@SpringBootApplication
@ServletComponentScan
@EnableScheduling
public class Nacos {

    public static void main(String[] arguments) {
        SpringApplication.run(Nacos.class, arguments);
    }

    /** Who asks what of whom is found by these: without them, requests of version 1 are answered with 501, and nobody is asked to log in. */
    @Bean
    InitializingBean controllerMethods(ControllerMethodsCache methods) {
        return () -> {
            methods.initClassMethod("com.alibaba.nacos.core.controller");
            methods.initClassMethod("com.alibaba.nacos.naming.controllers");
            methods.initClassMethod("com.alibaba.nacos.config.server.controller");
            methods.initClassMethod(Set.of(Namespaces.class));
        };
    }
}
